import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import { openDatabasePair } from '../../src/lab/servers/open-database-pair.ts'
import { movedSchema } from '../../src/lab/servers/schemas.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { openRowComparer } from '../../src/verify/open-row-comparer.ts'
import { connectForTest } from '../contract/row-comparer-connection.ts'
import { median, round } from './statistics.ts'
import { compareByStreaming } from './stream-compare.ts'

const contestants = ['kit', 'count', 'stream'] as const
type Contestant = (typeof contestants)[number]

export interface CompareFigures {
  readonly engine: ServerEngine
  readonly rows: number
  /** Milliseconds of every round, in the order in which they ran. */
  readonly rounds: Readonly<Record<Contestant, readonly number[]>>
  readonly medianMs: Readonly<Record<Contestant, number>>
  readonly kitRowsPerSecond: number
  /** How many times as long as counting the rows on both servers at once. */
  readonly timesCount: number
  /** How many times as fast as streaming all rows here. */
  readonly timesFasterThanStream: number
}

/** Lets the kit, a bare COUNT(*) and a plain streaming comparison take turns on one pair of replicating servers. */
export async function benchCompare(
  engine: ServerEngine,
  rows: number,
  rounds: number,
): Promise<CompareFigures> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-'))
  const signal = AbortSignal.timeout(900_000)
  const say = (): undefined => undefined
  try {
    await using pair = await openDatabasePair({ engine, directory, rows, seed: 1, signal, say })
    const [source, target] = await Promise.all([pair.source.root(), pair.target.root()])
    const comparer = openRowComparer((name) => connectForTest(name === 'source' ? pair.source : pair.target))
    const request = { source: 'source', target: 'target', tables: [{ schema: movedSchema }] }
    const work: Record<Contestant, () => Promise<unknown>> = {
      kit: () => comparer.compare(request, signal).then(refuseDifference),
      count: () => Promise.all([countRows(source), countRows(target)]),
      stream: () => compareByStreaming(source, target).then(refuseDifference),
    }
    // One round that does not count, because caches are cold.
    for (const name of contestants) await work[name]()
    const ms: Record<Contestant, number[]> = { kit: [], count: [], stream: [] }
    for (let done = 0; done < rounds; done += 1) {
      for (const name of contestants) ms[name].push(await timed(work[name]))
    }
    const counted = await countRows(source)
    for (const session of [source, target]) session.destroy()
    return figuresOf(engine, counted, ms)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function refuseDifference({ equal }: { readonly equal: boolean }): void {
  if (!equal) throw new Error('a healthy replica differs')
}

function figuresOf(
  engine: ServerEngine,
  rows: number,
  ms: Readonly<Record<Contestant, readonly number[]>>,
): CompareFigures {
  const [kit, count, stream] = [median(ms.kit), median(ms.count), median(ms.stream)]
  return {
    engine,
    rows,
    rounds: {
      kit: ms.kit.map(Math.round),
      count: ms.count.map(Math.round),
      stream: ms.stream.map(Math.round),
    },
    medianMs: { kit: Math.round(kit), count: Math.round(count), stream: Math.round(stream) },
    kitRowsPerSecond: Math.round(rows / (kit / 1000)),
    timesCount: round(kit / count, 1),
    timesFasterThanStream: round(stream / kit, 1),
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** Walks every table once, along its primary key as the comparer does. */
async function countRows(connection: Connection): Promise<number> {
  const [tables] = await connection.query<RowDataPacket[]>(
    'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?',
    [movedSchema],
  )
  let all = 0
  for (const { name } of tables) {
    const sql = `SELECT COUNT(*) AS n FROM ${movedSchema}.\`${String(name)}\` FORCE INDEX (PRIMARY)`
    const [[row]] = await connection.query<RowDataPacket[]>(sql)
    all += Number(row?.['n'])
  }
  return all
}

export function compareLine(figures: CompareFigures): string {
  const { engine, rows, medianMs, kitRowsPerSecond, timesCount, timesFasterThanStream } = figures
  return `${engine}, ${rows} rows: kit ${medianMs.kit} ms (${kitRowsPerSecond} rows/s), COUNT(*) ${medianMs.count} ms, streaming ${medianMs.stream} ms: ${timesCount} times a COUNT(*), ${timesFasterThanStream} times as fast as streaming`
}
