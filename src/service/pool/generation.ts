import type { Pool } from 'mysql2'
import type { SessionSource } from './session-source.ts'

/** One datasource with its connections. The facade over the generations is what a service calls its pool. */
export interface Generation {
  /** `host:port/schema`; never a user or a password. */
  readonly datasource: string
  readonly schema: string
  /** Undefined until the first connection was made. */
  readonly flavour: 'mysql' | 'mariadb' | undefined
  /**
   * mysql2's pool with callbacks, whose `promise()` is the other form. What is opened on it before the swap serves
   * later.
   */
  readonly pool: Pool
  /** How the facade takes connections of it. */
  readonly source: SessionSource
  /** Ends a generation that was opened and is not going to be used; never the current one. */
  discard(): Promise<void>
}

/** What the swap controller does to a facade. */
export interface Swappable {
  readonly current: Generation
  /**
   * From now on every connection comes from `next`. Called in the same turn of the event loop in which the gate is
   * released, before it. Sessions of `next` that were opened before this moment may not know rights given since: they
   * are told by `USE schema` before their first statement. The old generation takes no new work, and its sessions end
   * as they come back; after `graceMs` those that do not are destroyed.
   *
   * @throws Error for a generation that was left or discarded: to go back to a datasource, open it again.
   */
  swapTo(next: Generation, options: { readonly graceMs: number }): void
  /**
   * To be called when the gate has closed and is drained: ends the present sessions that no read is using, and lets
   * reads have at most `readers` until the next write or the swap. A fence by the account then has that many sessions
   * to end instead of all: killing is what costs most in the pause. Nothing is kept apart for it beforehand, for a
   * session that no unit of work uses is as good as any other.
   */
  closeWriters(options: { readonly readers: number }): void
}
