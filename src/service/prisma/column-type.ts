import type { FieldPacket } from 'mysql2'

/** Prisma's numbers for the types of columns, by which it reads their values. */
export const columnTypes = {
  int32: 0,
  int64: 1,
  float: 2,
  double: 3,
  numeric: 4,
  text: 7,
  date: 8,
  time: 9,
  dateTime: 10,
  json: 11,
  enum: 12,
  bytes: 13,
} as const

/** One of them. */
export type ColumnType = (typeof columnTypes)[keyof typeof columnTypes]

type Column = Pick<FieldPacket, 'columnType' | 'flags' | 'characterSet' | 'extendedFormat'>

/** By the numbers of the protocol; what is not listed is text or bytes, by its character set. */
const byNumber: Readonly<Record<number, ColumnType>> = {
  0x00: columnTypes.numeric, // DECIMAL
  0x01: columnTypes.int32, // TINYINT
  0x02: columnTypes.int32, // SMALLINT
  0x03: columnTypes.int32, // INT
  0x04: columnTypes.float,
  0x05: columnTypes.double,
  0x06: columnTypes.int32, // NULL, which has no value to be read
  0x07: columnTypes.dateTime, // TIMESTAMP
  0x08: columnTypes.int64,
  0x09: columnTypes.int32, // MEDIUMINT
  0x0a: columnTypes.date,
  0x0b: columnTypes.time,
  0x0c: columnTypes.dateTime,
  0x0d: columnTypes.int32, // YEAR
  0x0e: columnTypes.date,
  0x10: columnTypes.bytes, // BIT
  0xf2: columnTypes.bytes, // VECTOR
  0xf5: columnTypes.json,
  0xf6: columnTypes.numeric,
  0xff: columnTypes.bytes, // GEOMETRY
}

const int = 0x03
const unsigned = 32
const isEnum = 256
const binaryCharacterSet = 63

/** What a column of a result is to Prisma. */
export function columnTypeOf({ columnType = 0xfd, flags, characterSet, extendedFormat }: Column): ColumnType {
  const bits = typeof flags === 'number' ? flags : 0
  if (columnType === int && (bits & unsigned) !== 0) return columnTypes.int64
  const known = byNumber[columnType]
  if (known !== undefined) return known
  // MariaDB has JSON as a text, and says beside it what it is.
  if (extendedFormat === 'json') return columnTypes.json
  if ((bits & isEnum) !== 0) return columnTypes.enum
  return characterSet === binaryCharacterSet ? columnTypes.bytes : columnTypes.text
}
