import type { Pool } from 'mysql2/promise'
import { Secret } from '../../src/core/secret.ts'
import { createWriteGate } from '../../src/service/gate/create-write-gate.ts'
import { createGatedPool } from '../../src/service/pool/create-gated-pool.ts'
import type { Generation } from '../../src/service/pool/generation.ts'
import { openGeneration } from '../../src/service/pool/open-generation.ts'
import { openCannedServer } from './canned-server.ts'
import type { PoolWork } from './pool-works.ts'
import { poolWorks } from './pool-works.ts'
import type { Estimate } from './statistics.ts'
import { median, medianEstimate, round } from './statistics.ts'

/** What one kind of work costs this process with and without the facade. No server and no socket takes part. */
export interface FacadeCost {
  readonly work: string
  /** Microseconds of processor time. */
  readonly bareUs: number
  readonly moreUs: Estimate
  /** Bytes allocated. */
  readonly bareBytes: number
  readonly moreBytes: number
}

interface Batch {
  readonly us: number
  readonly bytes: number
}

const callsPerBatch = 100

/**
 * A bare pool and the facade over it take turns, batch by batch, on the same connection: to a server that answers
 * within the process. Processor time, so that other work of the machine does not count.
 */
export async function benchFacadeCost(rounds: number): Promise<readonly FacadeCost[]> {
  const generation = openCannedGeneration()
  const bare = generation.pool.promise()
  const gated = createGatedPool({ generation, gate: createWriteGate() })
  const costs: FacadeCost[] = []
  for (const [work, run] of Object.entries(poolWorks)) {
    await takeTurns(bare, gated, run, 50) // until both are compiled
    costs.push(costOf(work, await takeTurns(bare, gated, run, rounds)))
  }
  await gated.end()
  return costs
}

/** Its connections end at canned servers. */
export function openCannedGeneration(): Generation {
  const password = new Secret('bench', 'x')
  const address = { host: 'canned', port: 1, schema: 'bench', user: 'svc', password }
  return openGeneration(address, { connectionLimit: 8, stream: openCannedServer })
}

interface Round {
  readonly bare: readonly [Batch, Batch]
  readonly gated: readonly [Batch, Batch]
}

async function takeTurns(bare: Pool, gated: Pool, run: PoolWork, rounds: number): Promise<readonly Round[]> {
  const all: Round[] = []
  for (let done = 0; done < rounds; done += 1) {
    const [first, second] = done % 2 === 0 ? [bare, gated] : [gated, bare]
    const begin = await batch(first, run)
    const inner = [await batch(second, run), await batch(second, run)] as const
    const outer = [begin, await batch(first, run)] as const
    all.push(first === bare ? { bare: outer, gated: inner } : { bare: inner, gated: outer })
  }
  return all
}

async function batch(pool: Pool, run: PoolWork): Promise<Batch> {
  const { heapUsed } = process.memoryUsage()
  const before = process.cpuUsage()
  for (let turn = 0; turn < callsPerBatch; turn += 1) await run(pool, turn)
  const { user, system } = process.cpuUsage(before)
  return {
    us: (user + system) / callsPerBatch,
    bytes: (process.memoryUsage().heapUsed - heapUsed) / callsPerBatch,
  }
}

function costOf(work: string, rounds: readonly Round[]): FacadeCost {
  const more = medianEstimate(
    rounds.map(({ bare: [a, b], gated: [c, d] }) => (c.us + d.us - a.us - b.us) / 2),
  )
  // A collection within a batch makes its bytes meaningless, but most batches have none.
  const bytesOf = (which: keyof Round): number =>
    median(rounds.flatMap((each) => each[which].map(({ bytes }) => bytes)))
  const bareBytes = Math.round(bytesOf('bare'))
  return {
    work,
    bareUs: round(median(rounds.flatMap(({ bare }) => bare.map(({ us }) => us))), 2),
    moreUs: { value: round(more.value, 2), low: round(more.low, 2), high: round(more.high, 2) },
    bareBytes,
    moreBytes: Math.round(bytesOf('gated')) - bareBytes,
  }
}

export function facadeCostLine({ work, bareUs, moreUs, bareBytes, moreBytes }: FacadeCost): string {
  const us = `${moreUs.value} µs (${moreUs.low} to ${moreUs.high})`
  return `without a server, ${work}: bare pool ${bareUs} µs of processor time and ${bareBytes} bytes; gated ${us} and ${moreBytes} bytes more`
}
