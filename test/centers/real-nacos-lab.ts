import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openNacosCenter } from '../../src/config-centers/nacos/open-nacos-center.ts'
import type { ConfigCenter } from '../../src/core/ports/config-center.ts'
import { Secret } from '../../src/core/secret.ts'
import { systemClock } from '../../src/core/system-clock.ts'
import type { NacosLine } from '../../src/lab/center/real/nacos-lines.ts'
import type { RealNacos } from '../../src/lab/center/real/real-nacos.ts'
import { startRealNacos } from '../../src/lab/center/real/start-real-nacos.ts'
import type { OpenedCenter } from '../contract/config-center.ts'

/** How a real server is set up. */
export interface NacosVariant {
  readonly line: NacosLine
  readonly auth: boolean
  /** 3.1 only: the routes of older clients. Default: on. */
  readonly v1Off?: boolean
  /** 3.1 only: two rows for each document of the public namespace. Default: on, as the server's own default. */
  readonly compatibleMode?: boolean
}

/** Long enough for the first start on a machine, which downloads 60 MB a line. */
export const firstStartMs = 900_000

const admin = { username: 'nacos', password: 'a password with + and &' }
const secrets = { resolve: () => Promise.resolve(new Secret('env:NACOS_PASSWORD', admin.password)) }

/** The namespace beside the public one that every server of these tests has. */
export const otherNamespace = 'dev'

export function nameOf({ line, auth, v1Off, compatibleMode }: NacosVariant): string {
  const words = [
    `real ${line}`,
    auth ? 'with authentication' : 'without authentication',
    ...(v1Off === true ? ['v1 off'] : []),
    ...(compatibleMode === false ? ['one row a document'] : []),
  ]
  return words.join(', ')
}

export async function startVariant(variant: NacosVariant): Promise<RealNacos> {
  const directory = await mkdtemp(join(tmpdir(), `nacos-${variant.line}-`))
  return startRealNacos({
    ...variant,
    auth: variant.auth ? admin : undefined,
    directory,
    namespaces: [otherNamespace],
  })
}

export function openCenterOf(
  server: RealNacos,
  namespace: string,
  { auth }: Pick<NacosVariant, 'auth'> = { auth: false },
): Promise<ConfigCenter> {
  const spec = {
    kind: 'nacos' as const,
    servers: [server.url],
    contextPath: '/nacos',
    namespace,
    ...(auth && { username: admin.username, password: 'env:NACOS_PASSWORD' }),
  }
  return openNacosCenter('nacos', spec, secrets, systemClock)
}

/** Two clients of one namespace. The server stays when they are closed. */
export async function openClients(
  server: RealNacos,
  variant: NacosVariant,
  namespace: string,
): Promise<OpenedCenter> {
  const center = await openCenterOf(server, namespace, variant)
  const other = await openCenterOf(server, namespace, variant)
  return {
    center,
    other,
    // Without the long poll of v1 watchers read again and again.
    watchersPoll: variant.v1Off === true,
    async [Symbol.asyncDispose]() {
      await center[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
    },
  }
}
