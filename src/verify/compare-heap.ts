import type { TableComparison } from '../core/ports/row-comparer.ts'
import { textOf, type AnsweredRow, type Side } from './compare-connection.ts'
import { startTally, type DifferenceKind, type DifferenceTally } from './difference-tally.ts'
import type { Predicate } from './key-range.ts'
import { quoteName } from '../databases/quote.ts'
import { equalDigests, fromTable, readDigest, tooBig, type Digest } from './read-digest.ts'
import { hashNumber, rowHash } from './row-digest.ts'
import type { PairedTable } from './table-shape.ts'

const everything: Predicate = { sql: 'TRUE', params: [] }
const exampleLength = 160

/**
 * Compares a table whose rows have no common order: without a primary key, or with one the servers sort differently.
 * Rows are counted by content, so a duplicate more or less shows. There is no identity, so a changed row counts as
 * one missing and one extra.
 * @param rowsPerPass about how many row hashes are held in memory at once when there are differences.
 */
export async function compareHeap(
  source: Side,
  target: Side,
  table: PairedTable,
  rowsPerPass: number,
  signal: AbortSignal,
): Promise<TableComparison> {
  const tally = startTally(table)
  const [left, right] = await Promise.all([
    readDigest(source, table, everything, signal),
    readDigest(target, table, everything, signal),
  ])
  tally.addRows(left.rows, right.rows)
  if (!equalDigests(left, right)) {
    for (const buckets of await differingBuckets(source, target, table, left, right, rowsPerPass, signal)) {
      await countByContent(source, target, table, buckets, tally, signal)
    }
  }
  return tally.result()
}

/** A hash is spread evenly, so its first two digits cut the rows into 256 like parts. */
async function differingBuckets(
  source: Side,
  target: Side,
  table: PairedTable,
  left: Digest,
  right: Digest,
  rowsPerPass: number,
  signal: AbortSignal,
): Promise<readonly (readonly string[])[]> {
  const [a, b] = await Promise.all([readBuckets(source, table, signal), readBuckets(target, table, signal)])
  const differing = [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name))
  const perBucket = Math.max(1, (left.rows + right.rows) / 256)
  const size = Math.max(1, Math.floor(rowsPerPass / perBucket))
  return Array.from({ length: Math.ceil(differing.length / size) }, (_, i) =>
    differing.slice(i * size, (i + 1) * size),
  )
}

async function readBuckets(
  side: Side,
  table: PairedTable,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const sql = `SELECT LEFT(h,2) AS bucket, CONCAT(COUNT(*),' ',SUM(${hashNumber('h')})) AS digest
    FROM (SELECT ${rowHash(table.columns)} AS h FROM ${fromTable(table)}) AS hashed GROUP BY LEFT(h,2)`
  const rows = await side.connection.query(sql, [], signal)
  return new Map(rows.map((row) => [textOf(row, 'bucket') ?? '', textOf(row, 'digest') ?? '']))
}

interface SameRows {
  readonly count: number
  readonly example: string
}

async function countByContent(
  source: Side,
  target: Side,
  table: PairedTable,
  buckets: readonly string[],
  tally: DifferenceTally,
  signal: AbortSignal,
): Promise<void> {
  const [a, b] = await Promise.all([
    readContents(source, table, buckets, signal),
    readContents(target, table, buckets, signal),
  ])
  for (const hash of new Set([...a.keys(), ...b.keys()])) {
    const surplus = (a.get(hash)?.count ?? 0) - (b.get(hash)?.count ?? 0)
    if (surplus === 0) continue
    const kind: DifferenceKind = surplus > 0 ? 'missingInTarget' : 'extraInTarget'
    tally.add(kind, () => (a.get(hash) ?? b.get(hash))?.example ?? '', Math.abs(surplus))
  }
}

async function readContents(
  side: Side,
  table: PairedTable,
  buckets: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SameRows>> {
  const marks = buckets.map(() => '?').join(',')
  const sql = `SELECT h, CAST(COUNT(*) AS CHAR) AS row_count, MIN(example) AS example
    FROM (SELECT ${rowHash(table.columns)} AS h, ${exampleText(table)} AS example FROM ${fromTable(table)}) AS hashed
    WHERE h IS NULL OR LEFT(h,2) IN (${marks}) GROUP BY h`
  const rows = await side.connection.query(sql, buckets, signal)
  return new Map(rows.map((row) => [hashOf(side, table, row), sameRows(row)]))
}

function hashOf(side: Side, table: PairedTable, row: AnsweredRow): string {
  const hash = textOf(row, 'h')
  if (hash === null) throw tooBig(side, table)
  return hash
}

function sameRows(row: AnsweredRow): SameRows {
  return { count: Number(textOf(row, 'row_count')), example: textOf(row, 'example') ?? '' }
}

/** The first columns as text: such a row has no other name. */
function exampleText(table: PairedTable): string {
  const parts = table.columns.slice(0, 4).map((column) => {
    const label = `${column.name}=`.replaceAll("'", "''").replaceAll('\\', '\\\\')
    return `CONCAT('${label}',IFNULL(LEFT(CAST(${quoteName(column.name)} AS CHAR),40),'NULL'))`
  })
  return `LEFT(CONCAT_WS(' ',${parts.join(',')}),${exampleLength})`
}
