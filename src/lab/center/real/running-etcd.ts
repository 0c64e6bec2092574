import type { Secret } from '../../../core/secret.ts'

export interface EtcdUser {
  readonly username: string
  readonly password: Secret
  /** Default `/config/`. */
  readonly prefix?: string
  /** Default `READWRITE`. */
  readonly right?: 'READ' | 'READWRITE'
}

/** A real etcd of one member. Everything it owns lies in its directory and goes away with it. */
export interface RunningEtcd extends AsyncDisposable {
  /** `http://127.0.0.1:port`, the same for its whole life. */
  readonly url: string
  readonly port: number
  /** The file its output goes to. */
  readonly log: string
  /** The present process; undefined while it is stopped. */
  readonly pid: number | undefined
  /**
   * Sends a request of its JSON gateway in the name of root, such as `/v3/kv/range`, and gives the parsed answer.
   * @throws `system.refused` when it says no.
   */
  ask(path: string, body: unknown): Promise<unknown>
  /** SIGKILL, as a power cut would end it; waits until it is gone. */
  kill(): Promise<void>
  /** Orderly end. Safe to repeat. */
  stop(): Promise<void>
  /** Starts it again on the same data and port. Nothing happens when it runs. */
  start(signal?: AbortSignal): Promise<void>
  /** Stops its processor time (SIGSTOP): connections stay open and nobody answers. */
  suspend(): Promise<void>
  resume(): void
}
