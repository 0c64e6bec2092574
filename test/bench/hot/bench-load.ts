import { writeFile } from 'node:fs/promises'
import { systemClock } from '../../../src/core/system-clock.ts'
import { runArrivals } from '../../../src/lab/load/run-arrivals.ts'
import type { LogLine, WriteOutcome } from '../../../src/lab/load/types.ts'
import type { OrdersDatabase } from '../../../src/lab/services/open-orders-database.ts'
import { findOrder, insertOrder } from '../../../src/lab/services/order-store.ts'
import { classify } from '../../../src/service/classify.ts'

export interface BenchLoadOptions {
  readonly writesPerSecond: number
  readonly readsPerSecond: number
  /** Ids of its orders begin with this. */
  readonly prefix: string
}

/** Work of a service on itself: an open loop of transactions and reads through its pool, without HTTP around it. */
export interface BenchLoad {
  /** Resolves when every answer is there and written to the file. */
  stop(file: string): Promise<void>
}

export function startBenchLoad({ pool }: OrdersDatabase, options: BenchLoadOptions): BenchLoad {
  const clock = systemClock
  const offset = clock.now().getTime() - clock.monotonicMs()
  const wall = (monotonicMs: number): number => Math.round((monotonicMs + offset) * 100) / 100
  const lines: LogLine[] = []
  const waiting = new Set<Promise<void>>()
  const ending = new AbortController()
  const { prefix } = options
  let written = 0

  async function write(intendedMs: number, number: number): Promise<void> {
    const id = `${prefix}${number}`
    const sent = clock.monotonicMs()
    const order = {
      id,
      customer: `customer ${number % 500}`,
      item: `item ${number % 50}`,
      quantity: 1,
      price: '1.00',
    }
    const result = await insertOrder(pool, order).then(acknowledged, refusedBy)
    if (result.outcome === 'acknowledged') written = number
    lines.push({
      type: 'write',
      on: 'orders',
      id,
      intended: wall(intendedMs),
      sent: wall(sent),
      answered: wall(clock.monotonicMs()),
      status: null,
      ...result,
    })
  }

  async function read(intendedMs: number): Promise<void> {
    // Of those written long ago: a replica's lag, or a write that is held, is not what is looked for.
    const id = `${prefix}${Math.max(0, written - 2000)}`
    const failed = await findOrder(pool, id).then(() => undefined, messageOf)
    lines.push({
      type: 'read',
      what: 'one',
      intended: wall(intendedMs),
      answered: wall(clock.monotonicMs()),
      status: null,
      outcome: failed === undefined ? 'ok' : 'failed',
      ...(failed !== undefined && { detail: failed }),
    })
  }

  const keep = (work: Promise<void>): void => {
    const kept: Promise<void> = work.finally(() => waiting.delete(kept))
    waiting.add(kept)
  }
  const startMs = clock.monotonicMs() + 50
  const running = [
    runArrivals(
      clock,
      { perSecond: options.writesPerSecond, startMs, fire: (at, number) => keep(write(at, number)) },
      ending.signal,
    ),
    runArrivals(
      clock,
      { perSecond: options.readsPerSecond, startMs: startMs + 0.7, fire: (at) => keep(read(at)) },
      ending.signal,
    ),
  ]
  return {
    async stop(file) {
      ending.abort()
      await Promise.all(running)
      await Promise.all(waiting)
      await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    },
  }
}

interface Fate {
  readonly outcome: WriteOutcome
  readonly detail?: string
}

function acknowledged(): Fate {
  return { outcome: 'acknowledged' }
}

function refusedBy(error: unknown): Fate {
  const decision = classify(error)
  const outcome = decision.mayShowUpgrading ? 'refused-friendly' : 'refused-other'
  return { outcome: decision.class === 'unknown' ? 'unknown' : outcome, detail: decision.why }
}

function messageOf(error: unknown): string {
  return classify(error).why
}
