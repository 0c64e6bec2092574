import type { LoadContext, Stream } from './load-context.ts'
import { seededRandom } from './seeded-random.ts'
import { sendRequest } from './send-request.ts'
import type { ReadLine } from './types.ts'

const listEvery = 10

/** Reads of single known orders, and every tenth a list. A known order that is not found is a failed read. */
export function orderReads(context: LoadContext): Stream {
  const { agent, clock, known, settings } = context
  const random = seededRandom(settings.seed + 1)
  const head = (intendedMs: number, number: number) =>
    ({
      type: 'read',
      what: number % listEvery === 0 ? 'list' : 'one',
      intended: context.wall(intendedMs),
    }) as const
  return {
    perSecond: settings.readsPerSecond,
    async send(intendedMs, number) {
      known.settle(clock.monotonicMs())
      const line = head(intendedMs, number)
      const id = known.pick(random())
      const path =
        line.what === 'list' || id === undefined ? '/orders?limit=20' : `/orders/${encodeURIComponent(id)}`
      const request = { method: 'GET', url: `${settings.ordersUrl}${path}` } as const
      const exchange = await sendRequest(agent, request, settings.timeoutMs)
      const answered = context.wall(clock.monotonicMs())
      context.log({ ...line, answered, ...judged(exchange) })
    },
    skip(intendedMs, number) {
      context.log({ ...head(intendedMs, number), answered: null, status: null, outcome: 'not-sent' })
    },
  }
}

function judged(
  exchange: Awaited<ReturnType<typeof sendRequest>>,
): Pick<ReadLine, 'status' | 'outcome' | 'detail'> {
  if (exchange.kind !== 'answered') return { status: null, outcome: 'failed', detail: exchange.code }
  return { status: exchange.status, outcome: exchange.status === 200 ? 'ok' : 'failed' }
}
