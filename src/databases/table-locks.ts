import type { TableSet } from '../core/refs.ts'
import type { Connection } from './connection.ts'
import { quoteTable } from './quote.ts'
import type { ServerSession } from './server-session.ts'
import { readTableNames } from './tables.ts'

export type TableLocks =
  /** Held by `connection`: nobody has changed rows of these tables that are not committed, and nobody writes. */
  | { readonly state: 'held' }
  /** Somebody writes to them, or holds uncommitted changes. */
  | { readonly state: 'busy' }
  /** The kit's account may not lock tables. */
  | { readonly state: 'forbidden' }

const lockTimeout = 1205
const forbidden: ReadonlySet<number> = new Set([1044, 1142, 1143])

/**
 * Takes a shared lock on every table of the sets. Readers go on; a transaction that has written to one of them, or a
 * statement that is writing, keeps the lock away until it ends. So having it is proof, for all accounts at once, that
 * no change is left to be committed. Give it back with {@link unlockTables}.
 *
 * Without autocommit InnoDB locks the table, too. On MariaDB only that lock meets an XA transaction that was prepared by
 * a session that is gone: the session took its metadata lock with it (measured on 10.11).
 *
 * @param waitSeconds at least 1.
 */
export async function lockTables(
  session: ServerSession,
  connection: Connection,
  sets: readonly TableSet[],
  waitSeconds: number,
  signal: AbortSignal,
): Promise<TableLocks> {
  const tables: string[] = []
  for (const set of sets) {
    const names = await readTableNames(session, set, signal)
    tables.push(...names.map((name) => `${quoteTable(set.schema, name)} READ`))
  }
  if (tables.length === 0) return { state: 'held' }
  const doing = 'lock the fenced tables against writes'
  await connection.change(
    {
      doing,
      sql: 'SET SESSION lock_wait_timeout = ?, SESSION innodb_lock_wait_timeout = ?, SESSION autocommit = 0',
      values: [waitSeconds, waitSeconds],
    },
    signal,
  )
  let outcome: TableLocks = { state: 'held' }
  await connection.change(
    {
      doing,
      sql: `LOCK TABLES ${tables.join(', ')}`,
      onError: (errno) => {
        if (errno === lockTimeout) outcome = { state: 'busy' }
        else if (forbidden.has(errno)) outcome = { state: 'forbidden' }
        else return false
        return true
      },
    },
    signal,
  )
  return outcome
}

export async function unlockTables(connection: Connection, signal: AbortSignal): Promise<void> {
  await connection.change({ doing: 'unlock the fenced tables', sql: 'UNLOCK TABLES' }, signal)
}
