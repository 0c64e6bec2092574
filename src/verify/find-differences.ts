import { textOf, type Side } from './compare-connection.ts'
import type { DifferenceTally } from './difference-tally.ts'
import { keyOrder, keySelect, rangePredicate, type KeyRange, type KeyValues } from './key-range.ts'
import { fromTable, tooBig } from './read-digest.ts'
import { rowHash } from './row-digest.ts'
import type { PairedTable } from './table-shape.ts'

interface HashedRow {
  readonly key: KeyValues
  readonly hash: string
}

/**
 * Names every differing row of a range. The source's rows of a range fit in memory, the range was cut to that;
 * the target may hold any number there, so its rows come in pages.
 */
export async function findDifferences(
  source: Side,
  target: Side,
  table: PairedTable,
  range: KeyRange,
  pageRows: number,
  tally: DifferenceTally,
  signal: AbortSignal,
): Promise<void> {
  const onSource = new Map<string, HashedRow>()
  for await (const page of hashedPages(source, table, range, pageRows, signal)) {
    for (const row of page) onSource.set(nameOf(row.key), row)
  }
  for await (const page of hashedPages(target, table, range, pageRows, signal)) {
    for (const row of page) {
      const name = nameOf(row.key)
      const match = onSource.get(name)
      if (!match) tally.add('extraInTarget', () => keyText(table, row.key))
      else if (match.hash !== row.hash) tally.add('different', () => keyText(table, row.key))
      onSource.delete(name)
    }
  }
  for (const row of onSource.values()) tally.add('missingInTarget', () => keyText(table, row.key))
}

async function* hashedPages(
  side: Side,
  table: PairedTable,
  range: KeyRange,
  pageRows: number,
  signal: AbortSignal,
): AsyncGenerator<readonly HashedRow[]> {
  let after = range.after
  for (;;) {
    const page = await readPage(side, table, { after, upTo: range.upTo }, pageRows, signal)
    yield page
    const last = page.at(-1)
    if (!last || page.length < pageRows) return
    after = last.key
  }
}

async function readPage(
  side: Side,
  table: PairedTable,
  range: KeyRange,
  pageRows: number,
  signal: AbortSignal,
): Promise<readonly HashedRow[]> {
  const where = rangePredicate(table.key, range)
  const sql = `SELECT ${keySelect(table.key)}, ${rowHash(table.columns)} AS row_hash FROM ${fromTable(table)}
    WHERE ${where.sql} ORDER BY ${keyOrder(table.key)} LIMIT ${pageRows}`
  const rows = await side.connection.query(sql, where.params, signal)
  return rows.map((row) => {
    const hash = textOf(row, 'row_hash')
    if (hash === null) throw tooBig(side, table)
    return { key: table.key.map((_, i) => textOf(row, `k${i}`) ?? ''), hash }
  })
}

function nameOf(key: KeyValues): string {
  return JSON.stringify(key)
}

function keyText(table: PairedTable, key: KeyValues): string {
  return table.key.map((column, i) => `${column.name}=${key[i] ?? ''}`).join(' ')
}
