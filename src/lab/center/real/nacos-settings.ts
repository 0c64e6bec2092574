import { randomBytes } from 'node:crypto'
import type { NacosLine } from './nacos-lines.ts'

/** What the settings of a server depend on. */
export interface NacosSettings {
  readonly line: NacosLine
  readonly port: number
  readonly auth: boolean
  /** 3.1: the routes of older clients answer 410. */
  readonly v1Off: boolean
  /** 3.1: each document of the public namespace is kept in two rows. */
  readonly compatibleMode: boolean
}

/** The text of `conf/application.properties`, with new secrets at every call: write it once per server. */
export function settingsText(settings: NacosSettings): string {
  return Object.entries({ ...commonSettings(settings), ...lineSettings(settings) })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

function commonSettings({ auth }: NacosSettings): Readonly<Record<string, string>> {
  return {
    'server.address': '127.0.0.1',
    'nacos.inetutils.ip-address': '127.0.0.1',
    'server.tomcat.basedir': 'file:.',
    'server.tomcat.accesslog.enabled': 'false',
    // Its own 3 s are too short for a machine that is busy when the server makes its tables.
    'db.pool.config.connectionTimeout': '60000',
    'nacos.config.push.maxRetryTime': '50',
    'nacos.istio.mcp.server.enabled': 'false',
    'management.elastic.metrics.export.enabled': 'false',
    'management.influx.metrics.export.enabled': 'false',
    'management.metrics.export.elastic.enabled': 'false',
    'management.metrics.export.influx.enabled': 'false',
    'nacos.core.auth.system.type': 'nacos',
    'nacos.core.auth.enabled': String(auth),
    // With it a fresh administrator cannot log in for some seconds.
    'nacos.core.auth.caching.enabled': 'false',
    'nacos.core.auth.server.identity.key': 'lab-server-identity',
    'nacos.core.auth.server.identity.value': randomBytes(24).toString('hex'),
    'nacos.core.auth.plugin.nacos.token.secret.key': randomBytes(48).toString('base64'),
    'nacos.core.auth.plugin.nacos.token.expire.seconds': '18000',
  }
}

function lineSettings(settings: NacosSettings): Readonly<Record<string, string>> {
  const port = String(settings.port)
  if (settings.line !== '3.1') return { 'server.port': port, 'server.servlet.contextPath': '/nacos' }
  return {
    'nacos.server.main.port': port,
    'nacos.server.contextPath': '/nacos',
    'nacos.core.auth.admin.enabled': String(settings.auth),
    'nacos.core.auth.console.enabled': String(settings.auth),
    'nacos.core.api.compatibility.client.enabled': String(!settings.v1Off),
    'nacos.config.namespace.compatible.mode': String(settings.compatibleMode),
  }
}

/** Options of the Java program, before the main class. */
export function javaOptions(line: NacosLine, home: string): readonly string[] {
  return [
    '-Xms64m',
    '-Xmx128m',
    '-Xss512k',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Djava.net.preferIPv4Stack=true',
    '-Dnacos.standalone=true',
    // No naming, no raft: half the memory and a fifth of the disk.
    '-Dnacos.functionMode=config',
    `-Dnacos.home=${home}`,
    `-Dnacos.logs.path=${home}/logs`,
    `-Duser.home=${home}`,
    ...(line === '3.1' ? ['-Dnacos.deployment.type=server'] : []),
  ]
}

/** Arguments of the server, after the main class. */
export function serverArguments(home: string): readonly string[] {
  return [
    `--spring.config.additional-location=file:${home}/conf/`,
    '--logging.config=classpath:META-INF/logback/nacos.xml',
  ]
}
