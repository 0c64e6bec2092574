import type { FieldPacket, ResultSetHeader, TypeCast } from 'mysql2'
import { columnTypeOf, columnTypes } from './column-type.ts'
import type { ResultSet } from './driver-adapter.ts'

/** What the driver gives for one statement; a procedure gives a list of results, and of their columns. */
export interface Answer {
  readonly result: unknown
  readonly fields: unknown
}

/** How the driver has to read rows for Prisma: nothing that was exact becomes a float, a local time or an object. */
export const readingOptions = {
  rowsAsArray: true,
  nestTables: false,
  dateStrings: true,
  supportBigNumbers: true,
  bigNumberStrings: true,
  typeCast: ((field, next) => {
    if (field.type === 'JSON' || field.extendedFormat === 'json') return field.string('utf8')
    if (field.type === 'DECIMAL' || field.type === 'NEWDECIMAL') return field.string('ascii')
    return field.type === 'GEOMETRY' || field.type === 'VECTOR' ? field.buffer() : next()
  }) satisfies TypeCast,
}

/** The rows of a statement; of a procedure its first rows. */
export function toResultSet(answer: Answer): ResultSet {
  const { result, fields } = firstRows(answer)
  if (!Array.isArray(result)) {
    const lastInsertId = String((result as ResultSetHeader).insertId)
    return { columnNames: [], columnTypes: [], rows: [], lastInsertId }
  }
  const columns = fields as FieldPacket[]
  const types = columns.map((column) => columnTypeOf(column))
  const rows = result as unknown[][]
  for (const [index, type] of types.entries()) {
    if (type === columnTypes.dateTime) for (const row of rows) row[index] = toInstant(row[index])
  }
  return { columnNames: columns.map(({ name }) => name), columnTypes: types, rows }
}

/** How many rows a statement matched; 0 for one that gives rows. */
export function affectedRowsOf({ result }: Answer): number {
  const last: unknown = Array.isArray(result) ? result.at(-1) : result
  return (last as ResultSetHeader | undefined)?.affectedRows ?? 0
}

function firstRows(answer: Answer): Answer {
  const { result, fields } = answer
  if (!Array.isArray(result) || !Array.isArray(fields)) return answer
  const index = fields.findIndex((columns) => Array.isArray(columns))
  return index < 0 ? answer : { result: result[index], fields: fields[index] }
}

function toInstant(value: unknown): unknown {
  // The time is UTC by Prisma's convention, and says so to whoever parses it.
  return typeof value === 'string' ? `${value.replace(' ', 'T')}+00:00` : value
}
