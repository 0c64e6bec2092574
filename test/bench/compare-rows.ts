import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RowDataPacket } from 'mysql2/promise'
import { movedSchema } from '../../src/lab/servers/schemas.ts'
import { openDatabasePair } from '../../src/lab/servers/open-database-pair.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { openRowComparer } from '../../src/verify/open-row-comparer.ts'
import { connectForTest } from '../contract/row-comparer-connection.ts'

export interface CompareFigures {
  readonly engine: ServerEngine
  readonly rows: number
  readonly chunkRows: number
  /** Milliseconds of each run, the first one with cold caches. */
  readonly ms: readonly number[]
  readonly rowsPerSecond: number
  /** COUNT(*) of every table on one server: what merely walking the rows costs. */
  readonly bareScanMs: number
}

/** Compares the lab's moved schema on two servers that replicate, again and again. */
export async function measureCompare(
  engine: ServerEngine,
  rows: number,
  chunkSizes: readonly number[],
  runs: number,
): Promise<readonly CompareFigures[]> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-'))
  const signal = AbortSignal.timeout(300_000)
  const pair = await openDatabasePair({ engine, directory, rows, seed: 1, signal, say: () => undefined })
  const figures: CompareFigures[] = []
  try {
    for (const chunkRows of chunkSizes) {
      const comparer = openRowComparer(
        (name) => connectForTest(name === 'source' ? pair.source : pair.target),
        {
          chunkRows,
        },
      )
      const request = { source: 'source', target: 'target', tables: [{ schema: movedSchema }] }
      const ms: number[] = []
      let compared = 0
      for (let run = 0; run < runs; run += 1) {
        const began = performance.now()
        const result = await comparer.compare(request, signal)
        ms.push(performance.now() - began)
        if (!result.equal) throw new Error('a healthy replica differs')
        compared = result.rowsCompared
      }
      const rowsPerSecond = Math.round((compared / Math.min(...ms)) * 1000)
      figures.push({
        engine,
        rows: compared,
        chunkRows,
        ms,
        rowsPerSecond,
        bareScanMs: await scan(pair.source),
      })
    }
  } finally {
    await pair[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  }
  return figures
}

async function scan(server: Parameters<typeof connectForTest>[0]): Promise<number> {
  const connection = await server.root()
  try {
    const [tables] = await connection.query<RowDataPacket[]>(
      'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?',
      [movedSchema],
    )
    const began = performance.now()
    for (const table of tables) {
      await connection.query(
        `SELECT COUNT(*) FROM ${movedSchema}.${String(table['name'])} FORCE INDEX (PRIMARY)`,
      )
    }
    return performance.now() - began
  } finally {
    connection.destroy()
  }
}
