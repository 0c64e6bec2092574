import type { TableComparison } from '../core/ports/row-comparer.ts'
import { textOf, type Side } from './compare-connection.ts'
import { startTally } from './difference-tally.ts'
import { findDifferences } from './find-differences.ts'
import { keyOrder, keySelect, rangePredicate, type KeyRange, type KeyValues } from './key-range.ts'
import { equalDigests, fromTable, readDigest } from './read-digest.ts'
import type { PairedTable } from './table-shape.ts'

/**
 * Compares a table along its primary key: digests of ranges on both servers at once, and only where two digests
 * differ the rows themselves. Ranges are cut on the source and have open ends, so a row outside the source's keys
 * falls into one of them.
 */
export async function compareKeyed(
  source: Side,
  target: Side,
  table: PairedTable,
  chunkRows: number,
  signal: AbortSignal,
): Promise<TableComparison> {
  const tally = startTally(table)
  let after: KeyValues | null = null
  do {
    const upTo: KeyValues | null = await chunkEnd(source, table, after, chunkRows, signal)
    const range: KeyRange = { after, upTo }
    const where = rangePredicate(table.key, range)
    const [left, right] = await Promise.all([
      readDigest(source, table, where, signal),
      readDigest(target, table, where, signal),
    ])
    tally.addRows(left.rows, right.rows)
    if (!equalDigests(left, right)) {
      await findDifferences(source, target, table, range, chunkRows, tally, signal)
    }
    after = upTo
  } while (after !== null)
  return tally.result()
}

/** The key of the last row of the next chunk; null when fewer rows are left than a chunk holds. */
async function chunkEnd(
  side: Side,
  table: PairedTable,
  after: KeyValues | null,
  chunkRows: number,
  signal: AbortSignal,
): Promise<KeyValues | null> {
  const where = rangePredicate(table.key, { after, upTo: null })
  const sql = `SELECT ${keySelect(table.key)} FROM ${fromTable(table)} WHERE ${where.sql}
    ORDER BY ${keyOrder(table.key)} LIMIT 1 OFFSET ${chunkRows - 1}`
  const [row] = await side.connection.query(sql, where.params, signal)
  return row ? table.key.map((_, i) => textOf(row, `k${i}`) ?? '') : null
}
