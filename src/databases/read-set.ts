import type { TableSet } from '../core/refs.ts'
import type { ServerSession } from './server-session.ts'
import type { Row } from './statement.ts'

/**
 * Asks information_schema about the tables of a set. The query takes the schema as its first value and has `wanted`,
 * whose `%s` becomes the column that holds the table's name.
 */
export async function readSet(
  session: ServerSession,
  set: TableSet,
  query: (tables: string) => string,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const names = set.tables ?? []
  const condition = names.length === 0 ? 'TRUE' : `%s IN (${names.map(() => '?').join(', ')})`
  return session.connection.read(
    {
      doing: `read the tables of ${set.schema}`,
      sql: query(condition),
      values: [set.schema, ...names],
    },
    signal,
  )
}
