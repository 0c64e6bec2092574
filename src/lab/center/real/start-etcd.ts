import { mkdir } from 'node:fs/promises'
import { toCutoverError } from '../../../core/errors.ts'
import { findFreePort } from '../../servers/find-free-port.ts'
import { randomPassword } from '../../servers/random-password.ts'
import { findEtcd } from './find-etcd.ts'
import { EtcdServer } from './etcd-server.ts'
import type { EtcdUser, RunningEtcd } from './running-etcd.ts'

export interface StartEtcdOptions {
  /** Made when missing; removed when the server is disposed of. */
  readonly directory: string
  /** Turns authentication on, with this user, whose one role may read and write what begins with the prefix. */
  readonly auth?: EtcdUser
  /** Idle time after which a login ends, in seconds. Default 300. */
  readonly tokenTtlSeconds?: number
  /** Default: a free one. */
  readonly port?: number
  readonly signal: AbortSignal
  /** Told what takes long: `unpacking etcd`. */
  readonly say: (text: string) => void
}

const portAttempts = 5

/**
 * Starts an etcd on 127.0.0.1 with a data directory of its own.
 * @throws `usage` when there is no etcd to be had; `system.unreachable` when it does not come up; the signal's reason.
 * Nothing is left behind then.
 */
export async function startEtcd(options: StartEtcdOptions): Promise<RunningEtcd> {
  const { directory, auth, signal } = options
  const binary = await findEtcd(options)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const server = new EtcdServer({ ...options, binary, root: auth && randomPassword('etcd root') })
  try {
    await startOnFreePort(server, options.port, signal)
    if (auth) await server.turnAuthOn(auth)
    return server
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
}

async function startOnFreePort(
  server: EtcdServer,
  wanted: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    server.port = wanted ?? (await findFreePort())
    server.peerPort = await findFreePort()
    try {
      return await server.start(signal)
    } catch (error) {
      // Another program took the port between our look and the server's.
      const mayTryAgain = wanted === undefined && attempt < portAttempts
      if (toCutoverError(error).code !== 'conflict' || !mayTryAgain) throw error
    }
  }
}
