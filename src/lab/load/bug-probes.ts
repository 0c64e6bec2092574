import { isFriendly, judgeWrite } from './judge-write.ts'
import type { LoadContext, Stream } from './load-context.ts'
import { seededRandom } from './seeded-random.ts'
import { sendRequest, type Exchange, type PlainRequest } from './send-request.ts'
import type { Bug, ProbeLine } from './types.ts'

/** The status with which the orders service reports each bug when nothing is upgrading. */
const ownStatus: Readonly<Record<Bug, number>> = { 'duplicate-id': 409, 'bad-column': 500 }

/** Requests that are simply wrong: their own error must come through the window, not the upgrading answer. */
export function bugProbes(context: LoadContext): Stream {
  const { agent, clock, known, settings } = context
  const random = seededRandom(settings.seed + 2)
  return {
    perSecond: settings.probesPerSecond,
    async send(intendedMs, number) {
      known.settle(clock.monotonicMs())
      // Its own row, if there is one: a duplicate that were taken would then show as a changed row of the load.
      const id = known.pickOwn(random()) ?? known.pick(random())
      if (id === undefined) return
      const bug: Bug = number % 2 === 0 ? 'bad-column' : 'duplicate-id'
      const exchange = await sendRequest(agent, probeRequest(settings.ordersUrl, bug, id), settings.timeoutMs)
      context.log({ type: 'probe', bug, intended: context.wall(intendedMs), ...judged(bug, exchange) })
    },
    skip: () => undefined,
  }
}

function probeRequest(ordersUrl: string, bug: Bug, id: string): PlainRequest {
  if (bug === 'bad-column') {
    return { method: 'POST', url: `${ordersUrl}/orders/${encodeURIComponent(id)}/bad` }
  }
  const json = { id, customer: 'probe', item: 'duplicate', quantity: 1, price: '1.00' }
  return { method: 'POST', url: `${ordersUrl}/orders`, json }
}

function judged(bug: Bug, exchange: Exchange): Pick<ProbeLine, 'status' | 'outcome'> {
  if (exchange.kind !== 'answered') return { status: null, outcome: 'unknown' }
  const { status } = exchange
  if (isFriendly(exchange)) return { status, outcome: 'upgrading' }
  if (judgeWrite(exchange) === 'unknown') return { status, outcome: 'unknown' }
  return { status, outcome: status === ownStatus[bug] ? 'own' : 'wrong' }
}
