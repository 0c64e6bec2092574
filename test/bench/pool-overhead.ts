import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pool } from 'mysql2/promise'
import { Secret } from '../../src/core/secret.ts'
import type { RunningDatabase } from '../../src/lab/servers/running-database.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { startDatabase } from '../../src/lab/servers/start-database.ts'
import { createWriteGate } from '../../src/service/gate/create-write-gate.ts'
import { createGatedPool } from '../../src/service/pool/create-gated-pool.ts'
import { openGeneration } from '../../src/service/pool/open-generation.ts'
import type { PoolWork } from './pool-works.ts'
import { poolWorks } from './pool-works.ts'
import type { Estimate } from './statistics.ts'
import { bootstrapEstimate, median, medianEstimate, percentile, round } from './statistics.ts'

/** What one kind of work costs on a bare pool and on the gated one, in the same process, taking turns. */
export interface PoolOverhead {
  readonly engine: ServerEngine
  readonly work: string
  readonly rounds: number
  /** Microseconds on the bare pool, client and server together. */
  readonly bareUs: { readonly p50: number; readonly p99: number }
  /** Microseconds more on the gated one: the median of the differences within each round. */
  readonly moreUs: Estimate
  /** Of that, by the bare pool's median: 0.02 is 2 %. */
  readonly morePart: Estimate
  /** p99 on the gated pool by p99 on the bare one, less 1. */
  readonly moreAtP99: Estimate
}

/** Two calls on each pool: the one to be compared with goes first and last, or the other way about. */
interface Round {
  readonly bare: readonly [number, number]
  readonly gated: readonly [number, number]
}

/**
 * One throw-away server, one pool of the driver's, and the facade over this very pool. One after the other they use the
 * same connection, so that no session of the server's is quicker than the other's.
 */
export async function benchPoolOverhead(
  engine: ServerEngine,
  rounds: number,
): Promise<readonly PoolOverhead[]> {
  const directory = await mkdtemp(join(tmpdir(), 'cutover-bench-'))
  await using running = await startDatabase({
    engine,
    directory,
    serverId: 5,
    extra: ['--innodb-flush-log-at-trx-commit=0', '--sync-binlog=0'],
  })
  await fill(running)
  const { host, port } = running
  const generation = openGeneration(
    { host, port, schema: 'bench', user: 'svc', password: new Secret('bench', password) },
    { connectionLimit: 8 },
  )
  const bare = generation.pool.promise()
  const gated = createGatedPool({ generation, gate: createWriteGate() })
  try {
    const figures: PoolOverhead[] = []
    for (const [work, run] of Object.entries(poolWorks)) {
      figures.push(figuresOf(engine, work, await takeTurns(bare, gated, run, rounds)))
    }
    return figures
  } finally {
    await gated.end()
    await rm(directory, { recursive: true, force: true })
  }
}

const password = 'Pass-word.1'

async function fill(running: RunningDatabase): Promise<void> {
  const root = await running.root()
  for (const statement of [
    'CREATE DATABASE bench',
    'CREATE TABLE bench.items (id INT PRIMARY KEY, name VARCHAR(40))',
    'CREATE TABLE bench.written (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40))',
    `INSERT INTO bench.items VALUES ${Array.from({ length: 1000 }, (_, i) => `(${i + 1}, 'name ${i}')`).join()}`,
    `CREATE USER svc@'127.0.0.1' IDENTIFIED BY '${password}'`,
    "GRANT ALL ON bench.* TO svc@'127.0.0.1'",
  ]) {
    await root.query(statement)
  }
  root.destroy()
}

// Both must have been compiled; the facade's part only runs in its own turns.
const warmUp = 1000

async function takeTurns(bare: Pool, gated: Pool, run: PoolWork, rounds: number): Promise<readonly Round[]> {
  const all: Round[] = []
  for (let turn = 0; turn < rounds + warmUp; turn += 1) {
    const [first, second] = turn % 2 === 0 ? [bare, gated] : [gated, bare]
    const one = await timed(first, run, turn)
    const inner = [await timed(second, run, turn), await timed(second, run, turn)] as const
    const outer = [one, await timed(first, run, turn)] as const
    if (turn >= warmUp)
      all.push(first === bare ? { bare: outer, gated: inner } : { bare: inner, gated: outer })
  }
  return all
}

async function timed(pool: Pool, run: PoolWork, turn: number): Promise<number> {
  const began = performance.now()
  await run(pool, turn)
  return (performance.now() - began) * 1000
}

function figuresOf(engine: ServerEngine, work: string, rounds: readonly Round[]): PoolOverhead {
  const bare = rounds.flatMap((each) => each.bare)
  const moreUs = medianEstimate(rounds.map(({ bare: [a, b], gated: [c, d] }) => (c + d - a - b) / 2))
  const bareUs = { p50: median(bare), p99: percentile(bare, 0.99) }
  const moreAtP99 = bootstrapEstimate(rounds, (drawn) => {
    const of = (which: keyof Round): number =>
      percentile(
        drawn.flatMap((each) => each[which]),
        0.99,
      )
    return of('gated') / of('bare') - 1
  })
  return {
    engine,
    work,
    rounds: rounds.length,
    bareUs: { p50: round(bareUs.p50, 1), p99: round(bareUs.p99, 1) },
    moreUs: mapped(moreUs, (us) => round(us, 2)),
    morePart: mapped(moreUs, (us) => round(us / bareUs.p50, 4)),
    moreAtP99: mapped(moreAtP99, (part) => round(part, 4)),
  }
}

function mapped({ value, low, high }: Estimate, change: (value: number) => number): Estimate {
  return { value: change(value), low: change(low), high: change(high) }
}

export function poolOverheadLine(figures: PoolOverhead): string {
  const { engine, work, bareUs, moreUs, morePart, moreAtP99 } = figures
  const us = `${moreUs.value} µs (${moreUs.low} to ${moreUs.high})`
  return `${engine}, ${work}: bare pool ${bareUs.p50} µs, p99 ${bareUs.p99} µs; gated ${us} more at the median, ${percents(morePart)}; at p99 ${percents(moreAtP99)}`
}

function percents({ value, low, high }: Estimate): string {
  const [middle, least, most] = [value, low, high].map((part) => round(part * 100, 1))
  return `${middle} % (${least} to ${most})`
}
