import { CutoverError } from '../core/errors.ts'
import { textOf, type Side } from './compare-connection.ts'
import type { Predicate } from './key-range.ts'
import { quoteTable } from '../databases/quote.ts'
import { digestColumns, hasUnhashable } from './row-digest.ts'
import type { PairedTable } from './table-shape.ts'

export interface Digest {
  readonly rows: number
  /** The sum of the rows' numbers as decimal text; null for no rows. */
  readonly sum: string | null
}

export function equalDigests(a: Digest, b: Digest): boolean {
  return a.rows === b.rows && a.sum === b.sum
}

/** Tables of InnoDB keep their rows in the primary key, so walking it in order is the cheapest scan. */
export function fromTable(table: PairedTable): string {
  return `${quoteTable(table.schema, table.table)}${table.key.length > 0 ? ' FORCE INDEX (PRIMARY)' : ''}`
}

/** Count and digest of the rows a predicate selects. @throws `system.unsupported` when a row is too big to hash. */
export async function readDigest(
  side: Side,
  table: PairedTable,
  where: Predicate,
  signal: AbortSignal,
): Promise<Digest> {
  const sql = `SELECT ${digestColumns(table.columns)} FROM ${fromTable(table)} WHERE ${where.sql}`
  const [row = {}] = await side.connection.query(sql, where.params, signal)
  const sum = textOf(row, 'digest')
  if (hasUnhashable(sum)) throw tooBig(side, table)
  return { rows: Number(textOf(row, 'row_count')), sum }
}

export function tooBig(side: Side, table: PairedTable): CutoverError {
  const where = `${side.name} ${table.schema}.${table.table}`
  return new CutoverError('system.unsupported', `A row of ${where} is larger than the server can hash.`, {
    where,
    hint: 'Raise max_allowed_packet on that server above the largest row, then compare again.',
  })
}
