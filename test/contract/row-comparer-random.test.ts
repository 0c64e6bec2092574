import * as fc from 'fast-check'
import type { Connection } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPair, type Pair } from './row-comparer-pair.ts'

type Value = string | number | null
type Row = readonly [key: string, number: number, text: Value, real: Value, bytes: Value]

const runs = 75

// Few and nasty values, so that rows often are almost equal.
const text: fc.Arbitrary<Value> = fc.option(
  fc.constantFrom('', ' ', 'a', 'A', 'ä', 'a ', '~', ',', '1,1', '🚀', '3', "'", '\\'),
)
const row: fc.Arbitrary<Row> = fc.tuple(
  fc.constantFrom('', 'a', 'B', 'b', 'ab', 'b,', '9', '10', '中', '🚀'),
  fc.integer({ min: -2, max: 2 }),
  text,
  fc.option<Value>(fc.constantFrom<Value[]>(0, 0.1, 0.10000000000000002, 16777216, 16777218)),
  fc.option<Value>(fc.constantFrom<Value[]>('00', '0000', '2c', '7e', '')),
)
const rows = fc.array(row, { maxLength: 12 })
/** Two sets that mostly share rows, as source and target do. */
const sets = fc.tuple(rows, rows, rows).map(
  ([shared, left, right]) =>
    [
      [...shared, ...left],
      [...right, ...shared],
    ] as const,
)

const nameOf = (one: Row) => JSON.stringify([one[0], one[1]])
/** The last row of a key wins, as in a table with that key. */
const byKey = (set: readonly Row[]) => new Map(set.map((one) => [nameOf(one), one]))

function bruteForceKeyed(source: readonly Row[], target: readonly Row[]) {
  const [left, right] = [byKey(source), byKey(target)]
  const shared = [...left.keys()].filter((name) => right.has(name))
  return {
    sourceRows: left.size,
    targetRows: right.size,
    missingInTarget: left.size - shared.length,
    extraInTarget: right.size - shared.length,
    different: shared.filter((name) => JSON.stringify(left.get(name)) !== JSON.stringify(right.get(name)))
      .length,
  }
}

function bruteForceHeap(source: readonly Row[], target: readonly Row[]) {
  const counts = new Map<string, number>()
  for (const one of source) counts.set(JSON.stringify(one), (counts.get(JSON.stringify(one)) ?? 0) + 1)
  for (const one of target) counts.set(JSON.stringify(one), (counts.get(JSON.stringify(one)) ?? 0) - 1)
  const sum = (sign: number) =>
    [...counts.values()].reduce((total, count) => total + Math.max(0, count * sign), 0)
  return {
    sourceRows: source.length,
    targetRows: target.length,
    missingInTarget: sum(1),
    extraInTarget: sum(-1),
    different: 0,
  }
}

const columns = `k VARCHAR(10) COLLATE utf8mb4_bin, n SMALLINT, t VARCHAR(10) COLLATE utf8mb4_general_ci, r DOUBLE,
  b VARBINARY(4)`

describe.each(['mariadb', 'mysql'] as const)('the row comparer agrees with brute force on %s', (engine) => {
  let pair: Pair
  beforeAll(async () => {
    pair = await startPair(engine, engine)
    await pair.both(
      `CREATE TABLE keyed (${columns}, PRIMARY KEY (k, n))`,
      `CREATE TABLE heap (${columns})`,
      'SET GLOBAL innodb_flush_log_at_trx_commit = 0',
    )
  })
  afterAll(async () => pair[Symbol.asyncDispose]())

  async function fill(on: Connection, table: string, set: readonly Row[]) {
    await on.query(`DELETE FROM ${table}`)
    if (set.length === 0) return
    const values = set.map(([k, n, t, r, b]) => [
      k,
      n,
      t,
      r,
      b === null ? null : Buffer.from(String(b), 'hex'),
    ])
    await on.query(`INSERT INTO ${table} VALUES ?`, [values])
  }

  test('about random tables with a key, cut into random chunks', async () => {
    const property = fc.asyncProperty(
      sets,
      fc.integer({ min: 1, max: 9 }),
      async ([source, target], chunkRows) => {
        await fill(pair.source, 'keyed', [...byKey(source).values()])
        await fill(pair.target, 'keyed', [...byKey(target).values()])
        expect(await pair.compareTable('keyed', { chunkRows })).toMatchObject(bruteForceKeyed(source, target))
      },
    )
    await fc.assert(property, { numRuns: runs })
  })

  test('about random heaps with duplicates', async () => {
    const property = fc.asyncProperty(
      sets,
      fc.integer({ min: 1, max: 20 }),
      async ([source, target], perPass) => {
        await fill(pair.source, 'heap', source)
        await fill(pair.target, 'heap', target)
        const result = await pair.compareTable('heap', { heapRowsPerPass: perPass })
        expect(result).toMatchObject(bruteForceHeap(source, target))
      },
    )
    await fc.assert(property, { numRuns: runs })
  })
})
