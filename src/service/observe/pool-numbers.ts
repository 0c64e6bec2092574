/** What a pool has and what waits for it. */
export interface PoolNumbers {
  /** Which one it is, such as `current`, `next`, `old`. Never a host: labels must stay few. */
  readonly name: string
  readonly used: number
  readonly idle: number
  /** How many wait for a connection. */
  readonly pending: number
}

interface Sized {
  readonly length?: number
}

/** The queues of mysql2's pool, which it does not publish. */
interface PoolParts {
  readonly _allConnections?: Sized
  readonly _freeConnections?: Sized
  readonly _connectionQueue?: Sized
}

/** Counts what is in a pool of mysql2 with callbacks; zeros when it is none, or of a version that keeps them elsewhere. */
export function poolNumbers(name: string, pool: object): PoolNumbers {
  const parts = pool as PoolParts
  const all = parts._allConnections?.length ?? 0
  const idle = parts._freeConnections?.length ?? 0
  return { name, used: Math.max(0, all - idle), idle, pending: parts._connectionQueue?.length ?? 0 }
}
