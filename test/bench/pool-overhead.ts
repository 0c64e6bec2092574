import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPool, type Pool } from 'mysql2/promise'
import { Secret } from '../../src/core/secret.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { startDatabase } from '../../src/lab/servers/start-database.ts'
import { createWriteGate } from '../../src/service/gate/create-write-gate.ts'
import { createGatedPool } from '../../src/service/pool/create-gated-pool.ts'
import { openGeneration } from '../../src/service/pool/open-generation.ts'
import { median, percentile, round } from './statistics.ts'

/** What one kind of work costs on a bare pool and on the gated one, in the same process, taking turns. */
export interface PoolOverhead {
  readonly engine: ServerEngine
  readonly work: string
  readonly turns: number
  /** Microseconds, client and server together. */
  readonly bareUs: { readonly p50: number; readonly p99: number }
  readonly gatedUs: { readonly p50: number; readonly p99: number }
  /** Gated by bare. */
  readonly ratio: { readonly p50: number; readonly p99: number }
  /** The same ratio of one bare pool by another: what a ratio is worth on this machine. */
  readonly noise: { readonly p50: number; readonly p99: number }
}

type Work = (pool: Pool, turn: number) => Promise<unknown>

const works: Readonly<Record<string, Work>> = {
  'SELECT 1': (pool) => pool.query('SELECT 1'),
  'indexed read': (pool, turn) => pool.execute('SELECT name FROM items WHERE id = ?', [1 + (turn % 1000)]),
  insert: (pool) => pool.query('INSERT INTO written (name) VALUES (?)', ['a name']),
  'transaction of 3': async (pool, turn) => {
    const one = await pool.getConnection()
    await one.beginTransaction()
    await one.query('SELECT name FROM items WHERE id = ?', [1 + (turn % 1000)])
    await one.query('INSERT INTO written (name) VALUES (?)', ['a name'])
    await one.query('UPDATE items SET name = ? WHERE id = ?', ['other', 1 + (turn % 1000)])
    await one.commit()
    one.release()
  },
}

/** Three pools on one throw-away server: two bare ones, so that the noise is known, and a gated one. */
export async function benchPoolOverhead(
  engine: ServerEngine,
  turns: number,
): Promise<readonly PoolOverhead[]> {
  const directory = await mkdtemp(join(tmpdir(), 'cutover-bench-'))
  await using running = await startDatabase({
    engine,
    directory,
    serverId: 5,
    extra: ['--innodb-flush-log-at-trx-commit=0', '--sync-binlog=0'],
  })
  const root = await running.root()
  for (const statement of [
    'CREATE DATABASE bench',
    'CREATE TABLE bench.items (id INT PRIMARY KEY, name VARCHAR(40))',
    'CREATE TABLE bench.written (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40))',
    `INSERT INTO bench.items VALUES ${Array.from({ length: 1000 }, (_, i) => `(${i + 1}, 'name ${i}')`).join()}`,
    "CREATE USER svc@'127.0.0.1' IDENTIFIED BY 'Pass-word.1'",
    "GRANT ALL ON bench.* TO svc@'127.0.0.1'",
  ]) {
    await root.query(statement)
  }
  root.destroy()
  const address = {
    host: running.host,
    port: running.port,
    schema: 'bench',
    user: 'svc',
    password: new Secret('bench', 'Pass-word.1'),
  }
  const { schema: database, password, ...rest } = address
  const bare = (): Pool => createPool({ ...rest, database, password: password.reveal(), connectionLimit: 8 })
  const gated = createGatedPool({
    generation: openGeneration(address, { connectionLimit: 8 }),
    gate: createWriteGate(),
  })
  const pools: readonly Pool[] = [bare(), gated, bare()]
  try {
    const figures: PoolOverhead[] = []
    for (const [work, run] of Object.entries(works))
      figures.push({ engine, work, turns, ...(await compare(pools, run, turns)) })
    return figures
  } finally {
    for (const pool of pools) await pool.end()
  }
}

// The driver is warm after two pools, the facade only after its own turns.
const warmUp = 2000

type Compared = Omit<PoolOverhead, 'engine' | 'work' | 'turns'>

async function compare(pools: readonly Pool[], run: Work, turns: number): Promise<Compared> {
  const us: number[][] = pools.map(() => [])
  for (let turn = 0; turn < turns + warmUp; turn += 1) {
    for (let step = 0; step < pools.length; step += 1) {
      // Each goes first, second and third equally often.
      const which = (turn + step) % pools.length
      const pool = pools[which]
      if (pool === undefined) continue
      const began = process.hrtime.bigint()
      await run(pool, turn)
      const took = Number(process.hrtime.bigint() - began) / 1000
      if (turn >= warmUp) us[which]?.push(took)
    }
  }
  const [first, gated, second] = us.map((each) => ({ p50: median(each), p99: percentile(each, 0.99) }))
  if (first === undefined || gated === undefined || second === undefined)
    throw new Error('nothing was measured')
  const bare = { p50: (first.p50 + second.p50) / 2, p99: (first.p99 + second.p99) / 2 }
  return {
    bareUs: { p50: round(bare.p50, 1), p99: round(bare.p99, 1) },
    gatedUs: { p50: round(gated.p50, 1), p99: round(gated.p99, 1) },
    ratio: { p50: round(gated.p50 / bare.p50, 3), p99: round(gated.p99 / bare.p99, 3) },
    noise: { p50: round(second.p50 / first.p50, 3), p99: round(second.p99 / first.p99, 3) },
  }
}

export function poolOverheadLine({ engine, work, bareUs, gatedUs, ratio, noise }: PoolOverhead): string {
  return `${engine}, ${work}: bare pool ${bareUs.p50} µs, gated ${gatedUs.p50} µs, ${ratio.p50} of it (p99 ${ratio.p99}); bare by bare ${noise.p50} (p99 ${noise.p99})`
}
