import {
  decimalTypes,
  floatTypes,
  integerTypes,
  largeTypes,
  listTypes,
  spatialTypes,
  timeTypes,
} from './column-kinds.ts'
import { quoteName } from './quote-name.ts'
import type { PairedColumn } from './table-shape.ts'

/**
 * SQL of a row's SHA-256 over all its columns, 64 hex digits.
 *
 * The text that is hashed can be cut back into columns in one way only: numbers and times end with a comma, everything
 * else carries its length in front, NULL is `~`. It starts with a binary literal, so that the server joins bytes and
 * converts nothing. Both servers get the same SQL.
 */
export function rowHash(columns: readonly PairedColumn[]): string {
  return `SHA2(CONCAT(_binary'',${columns.map(columnText).join(',')}),256)`
}

/** SQL of the first 64 bits of {@link rowHash} as an unsigned number. */
export function rowNumber(columns: readonly PairedColumn[]): string {
  return `CAST(CONV(LEFT(${rowHash(columns)},16),16,10) AS UNSIGNED)`
}

/**
 * SQL of a digest over rows: a count and a sum. A sum, because equal rows cancel under XOR, and CRC32 or MD5 would
 * miss differences or be missing. `hashed` lets the reader notice a row the server could not hash.
 */
export function digestColumns(columns: readonly PairedColumn[]): string {
  const counted = columns.some(mayOverflow) ? `COUNT(${rowHash(columns)})` : 'COUNT(*)'
  const sum = `CAST(SUM(${rowNumber(columns)}) AS CHAR)`
  return `CAST(COUNT(*) AS CHAR) AS row_count, CAST(${counted} AS CHAR) AS hashed, ${sum} AS digest`
}

/** A conversion of a large value may pass max_allowed_packet; the server then answers NULL instead of an error. */
function mayOverflow(column: PairedColumn): boolean {
  return (
    largeTypes.has(column.source.dataType) && (needsConversion(column) || column.source.dataType === 'json')
  )
}

function columnText(column: PairedColumn): string {
  const value = columnValue(column)
  const text = value.delimited ? `${value.sql},','` : `LENGTH(${value.sql}),_binary':',${value.sql}`
  if (!column.source.nullable && !column.target.nullable) return text
  return `IFNULL(CONCAT(_binary'',${text}),'~')`
}

function columnValue(column: PairedColumn): { readonly sql: string; readonly delimited: boolean } {
  const { source, target } = column
  const name = quoteName(column.name)
  if (isType(column, integerTypes) || isType(column, decimalTypes)) {
    const zerofill = source.columnType.includes('zerofill') || target.columnType.includes('zerofill')
    return { sql: zerofill ? `(${name}+0)` : name, delimited: true }
  }
  if (isType(column, timeTypes)) return { sql: name, delimited: true }
  // A FLOAT prints 6 digits; as DOUBLE it prints every digit that tells it apart.
  if (isType(column, floatTypes)) return { sql: `CAST(${name} AS DOUBLE)`, delimited: true }
  if (source.dataType === 'bit' || (isType(column, listTypes) && source.columnType === target.columnType)) {
    return { sql: `CAST(${name} AS UNSIGNED)`, delimited: true }
  }
  if (isType(column, spatialTypes)) {
    return { sql: `CONCAT(ST_SRID(${name}),':',SHA2(ST_AsBinary(${name}),256))`, delimited: true }
  }
  const text = needsConversion(column) ? `CONVERT(${name} USING utf8mb4)` : name
  return largeTypes.has(source.dataType)
    ? { sql: `SHA2(${text},256)`, delimited: true }
    : { sql: text, delimited: false }
}

function isType({ source, target }: PairedColumn, types: ReadonlySet<string>): boolean {
  return types.has(source.dataType) && types.has(target.dataType)
}

/** Equal character sets compare byte by byte, which is exact; different ones meet in utf8mb4. */
function needsConversion({ source, target }: PairedColumn): boolean {
  return source.charset !== target.charset
}
