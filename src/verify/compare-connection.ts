/** A value bound to a `?`. Everything else is turned into one of these before it reaches the driver. */
export type BoundValue = string | number | null

/** One answered row by column name. The comparer casts what it selects to text, so driver settings do not matter. */
export type AnsweredRow = Readonly<Record<string, unknown>>

/**
 * What the comparer needs of a database session: its own (it opens a transaction and sets session variables),
 * text protocol, utf8mb4. Closing it must end the session.
 */
export interface CompareConnection extends AsyncDisposable {
  /** Rejects with the signal's reason when it fires; the session may then be unusable and is closed. */
  query(sql: string, params: readonly BoundValue[], signal: AbortSignal): Promise<readonly AnsweredRow[]>
}

/** Opens a session of its own to a database of the playbook, as an account that may SELECT the tables. */
export type ConnectForCompare = (databaseName: string, signal: AbortSignal) => Promise<CompareConnection>

/** One end of a comparison. */
export interface Side {
  /** The database's name in the playbook, for messages. */
  readonly name: string
  readonly connection: CompareConnection
  readonly flavour: 'mysql' | 'mariadb'
}

/** Reads a column as text; null stays null. */
export function textOf(row: AnsweredRow, column: string): string | null {
  const value = row[column]
  if (value === null || value === undefined) return null
  if (Buffer.isBuffer(value)) return value.toString('utf8')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
