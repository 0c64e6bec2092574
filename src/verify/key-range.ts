import { binaryTypes, decimalTypes, integerTypes } from './column-kinds.ts'
import type { BoundValue } from './compare-connection.ts'
import { quoteName } from '../databases/quote.ts'
import type { PairedColumn } from './table-shape.ts'

/** A key's values as the texts of {@link keySelect}. */
export type KeyValues = readonly string[]

/** Keys after `after` up to and including `upTo`; null: no bound on that end. */
export interface KeyRange {
  readonly after: KeyValues | null
  readonly upTo: KeyValues | null
}

export interface Predicate {
  readonly sql: string
  readonly params: readonly BoundValue[]
}

/** SQL that reads a key as texts named k0, k1 … which {@link rangePredicate} can bind again without loss. */
export function keySelect(key: readonly PairedColumn[]): string {
  return key.map((column, i) => `${keyText(column)} AS k${i}`).join(', ')
}

export function keyOrder(key: readonly PairedColumn[]): string {
  return key.map((column) => quoteName(column.name)).join(', ')
}

function keyText(column: PairedColumn): string {
  const name = quoteName(column.name)
  if (binaryTypes.has(column.source.dataType)) return `HEX(${name})`
  return column.source.charset === null ? `CAST(${name} AS CHAR)` : name
}

/**
 * A key bound written as ORs: a row constructor `(a,b) > (?,?)` would walk the whole index on both kinds of server.
 * The leading `a >= ?` hands the optimizer its range.
 */
export function rangePredicate(key: readonly PairedColumn[], range: KeyRange): Predicate {
  const parts: Predicate[] = []
  if (range.after) parts.push(boundPredicate(key, range.after, '>'))
  if (range.upTo) parts.push(boundPredicate(key, range.upTo, '<='))
  if (parts.length === 0) return { sql: 'TRUE', params: [] }
  return {
    sql: parts.map((part) => `(${part.sql})`).join(' AND '),
    params: parts.flatMap((part) => part.params),
  }
}

function boundPredicate(key: readonly PairedColumn[], values: KeyValues, compare: '>' | '<='): Predicate {
  const strict = compare === '>' ? '>' : '<'
  const alternatives: string[] = []
  const params: BoundValue[] = []
  for (let last = 0; last < key.length; last += 1) {
    const operator = last === key.length - 1 ? compare : strict
    const terms = key
      .slice(0, last + 1)
      .map((column, i) => `${quoteName(column.name)} ${i === last ? operator : '='} ${bindMark(column)}`)
    alternatives.push(`(${terms.join(' AND ')})`)
    params.push(...values.slice(0, last + 1))
  }
  const [first] = key
  if (key.length === 1 || !first) return { sql: alternatives.join(''), params }
  const lead = `${quoteName(first.name)} ${strict}= ${bindMark(first)}`
  return { sql: `${lead} AND (${alternatives.join(' OR ')})`, params: [values[0] ?? null, ...params] }
}

/** A text compared with a number or a DECIMAL would be compared as a double, which loses digits. */
function bindMark({ source }: PairedColumn): string {
  if (binaryTypes.has(source.dataType)) return 'UNHEX(?)'
  if (integerTypes.has(source.dataType)) {
    return source.columnType.includes('unsigned') ? 'CAST(? AS UNSIGNED)' : 'CAST(? AS SIGNED)'
  }
  if (decimalTypes.has(source.dataType)) {
    const size = /\((\d+(?:,\s*\d+)?)\)/.exec(source.columnType)?.[1] ?? '65,30'
    return `CAST(? AS DECIMAL(${size}))`
  }
  return '?'
}
