import driver, { type ExecuteValues } from 'mysql2'
import type { ArgType } from './driver-adapter.ts'

/**
 * A value of Prisma's as the driver binds it, with the type that the server is to compare it by: a whole number that is
 * sent as a float, or as a text, is no LIMIT, and an index on its column may not be used.
 */
export function toParameter(value: unknown, type: ArgType | undefined): ExecuteValues {
  if (value === null) return null
  if (value instanceof Date) return formatDate(value, type?.dbType)
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (typeof value === 'string') return ofText(value, type)
  if (typeof value === 'bigint') return wholeNumber(value)
  // Numbers given to raw queries all come as decimals.
  if (typeof value === 'number' && type?.scalarType !== 'float' && Number.isSafeInteger(value)) {
    return wholeNumber(BigInt(value))
  }
  return value as ExecuteValues
}

function ofText(text: string, type: ArgType | undefined): ExecuteValues {
  switch (type?.scalarType) {
    case 'bigint':
      return wholeNumber(BigInt(text))
    case 'decimal':
      return driver.TypedParameter.NEWDECIMAL(text)
    case 'bytes':
      return Buffer.from(text, 'base64')
    case 'datetime':
      return formatInstant(text, type.dbType)
    default:
      return text
  }
}

const largestSigned = 2n ** 63n - 1n

function wholeNumber(value: bigint): ExecuteValues {
  const { BIGINT } = driver.TypedParameter
  return value > largestSigned ? BIGINT.unsigned(value) : BIGINT(value)
}

/** As the database gave it, with the microseconds a Date has no room for. */
const universal = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d{1,6})?)(?:Z|\+00:00)$/

function formatInstant(text: string, dbType: string | undefined): string {
  const [, date, time] = universal.exec(text) ?? []
  if (date === undefined || time === undefined) return formatDate(new Date(text), dbType)
  return inColumn(date, time, dbType)
}

/** In UTC, which is what Prisma keeps in columns without a time zone. @throws RangeError for an invalid date. */
function formatDate(date: Date, dbType: string | undefined): string {
  const [day = '', time = ''] = date.toISOString().split('T')
  return inColumn(day, time.replace('Z', ''), dbType)
}

function inColumn(date: string, time: string, dbType: string | undefined): string {
  if (dbType === 'DATE') return date
  return dbType === 'TIME' ? time : `${date} ${time}`
}
