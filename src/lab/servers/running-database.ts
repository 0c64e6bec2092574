import type { Connection } from 'mysql2/promise'
import type { Secret } from '../../core/secret.ts'
import type { ServerEngine } from './server-engine.ts'

/** A server of the lab. Everything it owns lies in `directory` and goes away with it. */
export interface RunningDatabase extends AsyncDisposable {
  readonly engine: ServerEngine
  readonly host: '127.0.0.1'
  /** The same for its whole life. */
  readonly port: number
  readonly directory: string
  readonly socket: string
  /** Its error log. */
  readonly log: string
  /** The present process; undefined while it is stopped. */
  readonly pid: number | undefined
  /** The kit's account; see admin-grants.ts for what it may do. */
  readonly admin: { readonly user: string; readonly password: Secret }

  /** Opens a session as root through the socket. The caller ends it. */
  root(): Promise<Connection>
  /** Orderly shutdown; SIGKILL when that takes longer than a minute. Safe to repeat. */
  stop(): Promise<void>
  /** SIGKILL, as a power cut would end it; waits until it is gone. */
  kill(): Promise<void>
  /** Starts it again on the same data and port. Nothing happens when it runs. */
  start(signal?: AbortSignal): Promise<void>
  /** Stops its processor time (SIGSTOP): connections stay open and nobody answers. */
  suspend(): Promise<void>
  resume(): void
  /** Ends it and removes its directory, unless it was started with `keep`. */
  [Symbol.asyncDispose](): Promise<void>
}
