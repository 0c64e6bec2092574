import { PoolConnection } from 'mysql2/promise'
import type { Lease } from './lease.ts'

/** The driver's own promise form, over a lease. What it would do to the real connection it does through the lease. */
class PromiseLease extends (PoolConnection as unknown as new (
  lease: Lease,
  promises: PromiseConstructor | undefined,
) => { readonly connection: Lease }) {
  close(): void {
    this.connection.close()
  }

  pause(): void {
    this.connection.pause()
  }

  resume(): void {
    this.connection.resume()
  }

  escape(value: unknown): unknown {
    return this.connection.escape(value)
  }

  escapeId(value: unknown): unknown {
    return this.connection.escapeId(value)
  }

  format(sql: unknown, values?: unknown): unknown {
    return this.connection.format(sql, values)
  }

  unprepare(sql: unknown): unknown {
    return this.connection.unprepare(sql)
  }

  get authorized(): boolean {
    return this.connection.authorized
  }

  get state(): string {
    return this.connection.state
  }
}

export function promiseLease(lease: Lease, promises?: PromiseConstructor): PoolConnection {
  return new PromiseLease(lease, promises) as unknown as PoolConnection
}
