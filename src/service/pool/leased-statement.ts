import type { Callback, PreparedStatement } from './driver.ts'

interface Executes {
  readonly config: unknown
  execute(options: unknown, values: unknown, callback?: unknown): unknown
  unprepare(options: unknown): unknown
}

/** A prepared statement as the driver gives it, with what it does. */
export interface LeasedStatement extends PreparedStatement {
  /** Where the driver's promise form looks settings up. */
  readonly _connection: { readonly config: unknown }
  execute(values?: unknown, callback?: unknown): unknown
  close(): void
}

/**
 * A statement that was prepared on a lease. It is executed by its text, which every session has prepared once at most:
 * so it waits at the gate as any other, and goes on on the session that the lease has by then.
 */
export function leasedStatement(lease: Executes, options: unknown, made: PreparedStatement): LeasedStatement {
  const given = typeof options === 'string' ? { sql: options } : { ...(options as object) }
  return {
    id: made.id,
    query: made.query,
    columns: made.columns,
    parameters: made.parameters,
    _connection: lease,
    execute(values, callback) {
      const done = typeof values === 'function' ? (values as Callback) : callback
      return lease.execute({ ...given, values: typeof values === 'function' ? [] : values }, undefined, done)
    },
    close: () => void lease.unprepare(given),
  }
}
