import type { Pool } from 'mysql2'

/** One datasource with its connections. The facade over the generations is what a service calls its pool. */
export interface Generation {
  /** `host:port/schema`; never a user or a password. */
  readonly datasource: string
  readonly schema: string
  readonly flavour: 'mysql' | 'mariadb' | undefined
  /** mysql2's pool with callbacks, whose `promise()` is the other form. */
  readonly pool: Pool
}

/** What the swap controller does to a facade. */
export interface Swappable {
  readonly current: Generation
  /**
   * From now on every connection comes from `next`. Called in the same turn of the event loop in which the gate is
   * released, before it. Sessions of `next` that were opened before this moment may not know rights given since: they
   * are told by `USE schema` before their first statement. The old generation takes no new work, and its sessions end
   * as they come back; after `graceMs` those that do not are destroyed.
   */
  swapTo(next: Generation, options: { readonly graceMs: number }): void
}
