import { Agent } from 'node:http'
import type { Clock } from '../../core/ports/clock.ts'
import { bugProbes } from './bug-probes.ts'
import { httpWrites } from './http-writes.ts'
import { trackOrders } from './known-orders.ts'
import type { LoadContext, LoadSettings, Stream } from './load-context.ts'
import { openLoadLog } from './load-log.ts'
import { orderReads } from './order-reads.ts'
import { runArrivals } from './run-arrivals.ts'
import { stockWrites } from './stock-writes.ts'
import { startLoadTally } from './tally-load.ts'
import type { LoadSummary, LogLine } from './types.ts'

/** A load that runs in this process until it is stopped. */
export interface LoadRun {
  mark(name: string): number
  stop(): Promise<LoadSummary>
}

/** Starts every stream at once, each at its own phase, so that arrivals of different streams do not coincide. */
export async function runLoad(settings: LoadSettings, clock: Clock): Promise<LoadRun> {
  const log = await openLoadLog(settings.logFile)
  const tally = startLoadTally()
  const offset = clock.now().getTime() - clock.monotonicMs()
  const wall = (monotonicMs: number): number => Math.round((monotonicMs + offset) * 10) / 10
  const add = (line: LogLine): void => {
    tally.add(line)
    log.add(line)
  }
  const agent = new Agent({ keepAlive: true, scheduling: 'lifo' })
  const known = trackOrders(settings.knownOrderIds)
  const context: LoadContext = { settings, clock, agent, known, wall, log: add }
  const { streams, close } = openStreams(context)
  const ending = new AbortController()
  const startedMs = clock.monotonicMs()
  const running = streams.map((stream, i) => runStream(context, stream, startedMs + i * 0.7, ending.signal))
  return {
    mark(name) {
      const at = wall(clock.monotonicMs())
      add({ type: 'mark', name, at })
      return at
    },
    async stop() {
      ending.abort()
      await Promise.all(running)
      const stoppedAt = wall(clock.monotonicMs())
      agent.destroy()
      await close()
      await log.close()
      const { seed, logFile } = settings
      return tally.summary({ seed, logFile, startedAt: wall(startedMs), stoppedAt })
    },
  }
}

function openStreams(context: LoadContext): {
  readonly streams: Stream[]
  readonly close: () => Promise<void>
} {
  const { settings } = context
  const { ordersUrl, billingUrl } = settings
  const orders = httpWrites(context, 'orders', settings.writesPerSecond, (id, number) => ({
    method: 'POST',
    url: `${ordersUrl}/orders`,
    json: {
      id,
      customer: `顾客 ${number % 500}`,
      item: `item ${number % 50}`,
      quantity: (number % 9) + 1,
      price: '19.90',
    },
  }))
  const streams = [orders, orderReads(context), bugProbes(context)]
  if (billingUrl !== undefined) {
    const toInvoice = (id: string, number: number) =>
      ({
        method: 'POST',
        url: `${billingUrl}/invoices`,
        json: { id, customer: `顾客 ${number % 500}`, amount: '12.50' },
      }) as const
    streams.push(httpWrites(context, 'billing', settings.billingPerSecond, toInvoice))
  }
  if (settings.stock === undefined) return { streams, close: () => Promise.resolve() }
  const stock = stockWrites(context, settings.stock)
  return { streams: [...streams, stock.stream], close: () => stock.close() }
}

/** Resolves when no more arrivals come and every one that was sent has its answer. */
async function runStream(
  { clock, settings }: LoadContext,
  stream: Stream,
  startMs: number,
  signal: AbortSignal,
): Promise<void> {
  const waiting = new Set<Promise<void>>()
  const fire = (intendedMs: number, number: number): void => {
    if (waiting.size >= settings.maxOutstanding) return stream.skip(intendedMs, number)
    const sending = stream.send(intendedMs, number).finally(() => waiting.delete(sending))
    waiting.add(sending)
  }
  await runArrivals(clock, { perSecond: stream.perSecond, startMs, fire }, signal)
  await Promise.all(waiting)
}
