import type { Writer } from './types.ts'
import { findLeaks } from './find-leaks.ts'
import { judgeWrite } from './judge-write.ts'
import type { LoadContext, Stream } from './load-context.ts'
import { sendRequest, type Exchange, type PlainRequest } from './send-request.ts'
import { idPrefix, type WriteLine } from './types.ts'

// What browsers and other services ask for; the friendly answer must come in each.
const askers: readonly Readonly<Record<string, string>>[] = [
  { accept: 'application/json', 'accept-language': 'zh-CN' },
  { accept: 'application/problem+json', 'accept-language': 'en' },
  { accept: 'text/html', 'accept-language': 'zh-CN,zh;q=0.9' },
  { accept: '*/*' },
]

/** Writes over HTTP, every one with its own id. */
export function httpWrites(
  context: LoadContext,
  on: Writer,
  perSecond: number,
  toRequest: (id: string, number: number) => PlainRequest,
): Stream {
  const { clock, settings } = context
  const prefix = idPrefix(on, settings.seed)
  const line = (number: number, intendedMs: number) =>
    ({ type: 'write', on, id: `${prefix}${number}`, intended: context.wall(intendedMs) }) as const
  return {
    perSecond,
    async send(intendedMs, number) {
      const head = line(number, intendedMs)
      const request = { ...toRequest(head.id, number), headers: askers[number % askers.length] ?? {} }
      const sent = context.wall(clock.monotonicMs())
      const exchange = await sendOrRetry(context, request)
      const answeredMs = clock.monotonicMs()
      const outcome = judgeWrite(exchange)
      if (on === 'orders' && outcome === 'acknowledged') context.known.acknowledged(head.id, answeredMs)
      context.log({
        ...head,
        sent,
        answered: context.wall(answeredMs),
        outcome,
        ...details(context, exchange),
      })
    },
    skip(intendedMs, number) {
      context.log({
        ...line(number, intendedMs),
        sent: null,
        answered: null,
        status: null,
        outcome: 'not-sent',
      })
    },
  }
}

async function sendOrRetry(context: LoadContext, request: PlainRequest): Promise<Exchange> {
  const { agent, clock, settings } = context
  for (let tries = 0; ; tries += 1) {
    const exchange = await sendRequest(agent, request, settings.timeoutMs)
    if (tries >= settings.retries || judgeWrite(exchange) !== 'refused-friendly') return exchange
    const seconds = exchange.kind === 'answered' ? Number(exchange.retryAfter) : 1
    await clock.sleep((Number.isFinite(seconds) ? seconds : 1) * 1000, new AbortController().signal)
  }
}

function details(
  { settings }: LoadContext,
  exchange: Exchange,
): Pick<WriteLine, 'status' | 'detail' | 'leaks'> {
  if (exchange.kind !== 'answered') return { status: null, detail: exchange.code }
  if (exchange.status < 400) return { status: exchange.status }
  const leaks = findLeaks(exchange.body, settings.leakWords, settings.secrets)
  return leaks.length > 0 ? { status: exchange.status, leaks } : { status: exchange.status }
}
