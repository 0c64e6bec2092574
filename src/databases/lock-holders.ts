import type { TableSet } from '../core/refs.ts'
import type { ServerSession } from './server-session.ts'

/**
 * Sessions whose transactions hold a lock for writing on one of the tables. Undefined: the server does not tell
 * (MariaDB, or a MySQL without the right to read data_locks).
 */
export async function findLockHolders(
  session: ServerSession,
  sets: readonly TableSet[],
  signal: AbortSignal,
): Promise<ReadonlySet<number> | undefined> {
  if (session.identity.flavour !== 'mysql') return undefined
  let told = true
  const rows = await session.connection.read(
    {
      doing: 'read who holds locks on the fenced tables',
      sql: `SELECT t.PROCESSLIST_ID AS id, l.OBJECT_SCHEMA AS sch, l.OBJECT_NAME AS tab
        FROM performance_schema.data_locks l JOIN performance_schema.threads t ON t.THREAD_ID = l.THREAD_ID
        WHERE l.LOCK_TYPE = 'TABLE' AND l.LOCK_MODE IN ('IX', 'X')
          AND l.OBJECT_SCHEMA IN (${sets.map(() => '?').join(', ')})`,
      values: sets.map((set) => set.schema),
      onError: (errno) => {
        told = errno !== 1142 && errno !== 1146
        return !told
      },
    },
    signal,
  )
  if (!told) return undefined
  const inSets = rows.filter((row) =>
    sets.some((set) => set.schema === row['sch'] && (set.tables?.includes(String(row['tab'])) ?? true)),
  )
  return new Set(inSets.map((row) => Number(row['id'])))
}
