import { CutoverError } from '../core/errors.ts'
import { quoteName, quoteTable } from './quote.ts'
import type { ServerSession } from './server-session.ts'

/** A row to look for: names are quoted, values are bound. */
export interface RowPlace {
  readonly schema: string
  readonly table: string
  readonly where: Readonly<Record<string, string | number>>
}

export async function rowExists(session: ServerSession, at: RowPlace, signal: AbortSignal): Promise<boolean> {
  const columns = Object.keys(at.where)
  if (columns.length === 0) throw new CutoverError('internal', 'a row is looked for without any column')
  const conditions = columns.map((column) => `${quoteName(column)} = ?`).join(' AND ')
  const rows = await session.connection.read(
    {
      doing: `look for a row in ${at.schema}.${at.table}`,
      sql: `SELECT 1 AS found FROM ${quoteTable(at.schema, at.table)} WHERE ${conditions} LIMIT 1`,
      values: Object.values(at.where),
    },
    signal,
  )
  return rows.length > 0
}
