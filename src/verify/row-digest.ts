import {
  decimalTypes,
  floatTypes,
  hugeTypes,
  integerTypes,
  listTypes,
  spatialTypes,
  timeTypes,
} from './column-kinds.ts'
import { quoteName } from '../databases/quote.ts'
import type { PairedColumn } from './table-shape.ts'

/** Values up to this size are hashed with their row, larger ones before it: a row must fit into a packet. Bytes. */
const inlineBytes = 4096

/** Far above what the numbers of all rows can add up to. */
const unhashable = 10n ** 30n

/**
 * SQL of a row's SHA-256 over all its columns, 64 hex digits; NULL when the row is too big for the server to join.
 *
 * The text that is hashed can be cut back into columns in one way only: first a fixed number of fields without commas
 * (numbers, times, hashes, and the lengths of all texts; `~` is NULL), then the texts of those lengths. The separator
 * is binary, so that the server joins bytes and converts nothing. Both servers get the same SQL.
 */
export function rowHash(columns: readonly PairedColumn[]): string {
  const parts = columns.map(columnParts)
  const fields = parts.flatMap((part) => part.field)
  const texts = parts.flatMap((part) => part.text ?? [])
  return `SHA2(CONCAT_WS(_binary',',${[...fields, ...texts].join(',')}),256)`
}

/** SQL of the first 64 bits of a {@link rowHash} as an unsigned number. */
export function hashNumber(hash: string): string {
  return `CAST(CONV(LEFT(${hash},16),16,10) AS UNSIGNED)`
}

/**
 * SQL of a digest over rows: their count, and the sum of their numbers as text. A sum, because equal rows cancel each
 * other under XOR; not CRC32 or MD5, which miss differences or are missing.
 */
export function digestColumns(columns: readonly PairedColumn[]): string {
  const number = `IFNULL(${hashNumber(rowHash(columns))},${unhashable})`
  return `CAST(COUNT(*) AS CHAR) AS row_count, CAST(SUM(${number}) AS CHAR) AS digest`
}

/** Does a digest's sum say that a row was too big to hash? */
export function hasUnhashable(sum: string | null): boolean {
  return sum !== null && BigInt(sum) >= unhashable
}

interface ColumnParts {
  /** SQL of a text without commas. */
  readonly field: string
  /** SQL of a text whose length the field says. */
  readonly text?: string
}

function columnParts(column: PairedColumn): ColumnParts {
  const nullable = column.source.nullable || column.target.nullable
  const orMark = (sql: string): string => (nullable ? `IFNULL(${sql},'~')` : sql)
  const whole = wholeField(column)
  if (whole !== undefined) return { field: orMark(whole) }
  const name = quoteName(column.name)
  const text = needsConversion(column) ? `CONVERT(${name} USING utf8mb4)` : name
  const isHuge = hugeTypes.has(column.source.dataType) || hugeTypes.has(column.target.dataType)
  return {
    field: orMark(`LENGTH(${text})`),
    text: isHuge ? `IF(LENGTH(${text})<=${inlineBytes},${text},SHA2(${text},256))` : text,
  }
}

/** SQL of a value whose own text has no comma; undefined: it is a text of any content. */
function wholeField(column: PairedColumn): string | undefined {
  const { source, target } = column
  const name = quoteName(column.name)
  if (isType(column, integerTypes) || isType(column, decimalTypes)) {
    const zerofill = source.columnType.includes('zerofill') || target.columnType.includes('zerofill')
    return zerofill ? `(${name}+0)` : name
  }
  if (isType(column, timeTypes)) return name
  // A FLOAT prints 6 digits; as DOUBLE it prints every digit that tells it apart.
  if (isType(column, floatTypes)) return `CAST(${name} AS DOUBLE)`
  const sameList = isType(column, listTypes) && source.columnType === target.columnType
  if (source.dataType === 'bit' || sameList) return `CAST(${name} AS UNSIGNED)`
  if (isType(column, spatialTypes)) return `CONCAT(ST_SRID(${name}),':',SHA2(ST_AsBinary(${name}),256))`
  // MySQL writes a document as text each time it is looked at: once, not three times.
  return source.dataType === 'json' ? `SHA2(${name},256)` : undefined
}

function isType({ source, target }: PairedColumn, types: ReadonlySet<string>): boolean {
  return types.has(source.dataType) && types.has(target.dataType)
}

/** Equal character sets compare byte by byte, which is exact; different ones meet in utf8mb4. */
function needsConversion({ source, target }: PairedColumn): boolean {
  return source.charset !== target.charset
}
