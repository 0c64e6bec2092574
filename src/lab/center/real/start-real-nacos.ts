import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CutoverError, toCutoverError } from '../../../core/errors.ts'
import { findFreePort } from '../../servers/find-free-port.ts'
import type { AuthOptions } from '../authenticator.ts'
import { findJavaTool } from './java-tools.ts'
import { createNamespace, ensureAdmin } from './nacos-admin.ts'
import { nacosClasspath } from './nacos-libraries.ts'
import type { NacosLine } from './nacos-lines.ts'
import { settingsText } from './nacos-settings.ts'
import { RealNacosServer, type RealNacos } from './real-nacos.ts'

export interface StartRealNacosOptions {
  readonly line: NacosLine
  /** Made when missing; removed when the server is disposed of. */
  readonly directory: string
  /** Absent: no authentication. The first administrator of a Nacos is always called `nacos`. */
  readonly auth?: AuthOptions | undefined
  /** 3.1 only: the routes of older clients are switched off. Default: false. */
  readonly v1Off?: boolean
  /**
   * 3.1 only, and its own default there: each document of the public namespace is kept in two rows for older clients,
   * which a crash can leave different.
   */
  readonly compatibleMode?: boolean
  /** Namespaces beside the public one. Default: none. */
  readonly namespaces?: readonly string[]
  /** `port + 1000` and `port + 1001` must be free, too. Default: a free one. */
  readonly port?: number
  /** Leave the data behind, for a look at it. Default: false. */
  readonly keep?: boolean
  readonly signal?: AbortSignal
  /** Told what takes long: `downloading Nacos 2.5`. */
  readonly say?: (text: string) => void
}

const portAttempts = 5
// gRPC for clients and for servers.
const besidePort = [1000, 1001]
const onlyAdmin = 'nacos'

/**
 * Starts a real Nacos server on a private directory and 127.0.0.1. The first start on a machine downloads the line's
 * jars.
 *
 * @throws `usage` when Java or Maven cannot be had; `system.unreachable` or `deadline` when it does not come up; the
 * signal's reason when it fires. Nothing runs then.
 */
export async function startRealNacos(options: StartRealNacosOptions): Promise<RealNacos> {
  const signal = options.signal ?? new AbortController().signal
  const install = { signal, say: options.say ?? (() => undefined) }
  const { line, directory, auth } = options
  if (auth !== undefined && auth.username !== onlyAdmin) {
    throw new CutoverError('usage', `the first administrator of a Nacos is called ${onlyAdmin}`)
  }
  const java = await findJavaTool('java', install)
  const classpath = await nacosClasspath(line, install)
  await mkdir(join(directory, 'conf'), { recursive: true, mode: 0o700 })
  const server = new RealNacosServer({ line, directory, java, classpath, keep: options.keep === true })
  try {
    await startOnFreePort(server, options, signal)
    await prepare(server, options, signal)
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
  return server
}

async function startOnFreePort(
  server: RealNacosServer,
  options: StartRealNacosOptions,
  signal: AbortSignal,
): Promise<void> {
  const { line, auth, v1Off = false, compatibleMode = true } = options
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await findFreePort(besidePort))
    server.port = port
    const text = settingsText({ line, port, auth: auth !== undefined, v1Off, compatibleMode })
    await writeFile(join(server.directory, 'conf', 'application.properties'), text, { mode: 0o600 })
    try {
      return await server.start(signal)
    } catch (error) {
      // Another lab took a port between our look and the server's.
      const taken = toCutoverError(error).code === 'conflict'
      if (!taken || options.port !== undefined || attempt === portAttempts) throw error
    }
  }
}

async function prepare(
  server: RealNacos,
  { line, auth, namespaces }: StartRealNacosOptions,
  signal: AbortSignal,
): Promise<void> {
  const prepared = { line, base: `${server.url}/nacos` }
  const token = auth && (await ensureAdmin(prepared, auth, signal))
  for (const id of namespaces ?? []) await createNamespace(prepared, id, token, signal)
}
