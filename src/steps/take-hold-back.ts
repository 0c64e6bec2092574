import { CutoverError } from '../core/errors.ts'
import { askHotInstances, findHotInstances, titleOf, type AskedInstance } from '../core/hot-instances.ts'
import { parseNotice } from '../core/notice.ts'
import type { StepContext } from '../core/step.ts'
import { noticeTime, putNotice, readNotice } from './notice-document.ts'
import { laterThan } from './order-hold.ts'

/** How long the word at least holds again, milliseconds: long enough to walk the rest back. */
const leastValidMs = 600_000

/** How long processes may take to hear it and open, milliseconds. */
const openWithinMs = 10_000
/** How long those that do not answer at all are waited for, milliseconds. */
const answerWithinMs = 3_000
const lookAgainMs = 20

/**
 * Takes an order to hold back: the notice says again what it said before, newer, and every process that answers opens
 * onto the source. Nothing happens when the order was not given, or is another run's.
 */
export async function armAgain(
  context: StepContext,
  services: readonly string[],
  armedText: string,
): Promise<void> {
  const stored = await readNotice(context)
  if (stored?.notice?.runId !== context.runId) return
  if (stored.notice.phase === 'holding') {
    const armed = parseNotice(armedText)
    if (!armed) throw new CutoverError('internal', 'the notice before the hold cannot be read')
    const now = await noticeTime(context)
    const until = Math.max(Date.parse(armed.until), now.getTime() + leastValidMs)
    const notice = {
      ...armed,
      epoch: Math.max(context.epoch, stored.notice.epoch),
      since: laterThan(stored.notice, now).toISOString(),
      until: new Date(until).toISOString(),
    }
    await putNotice(context, notice, stored)
  }
  await untilOpen(context, services)
}

async function untilOpen(context: StepContext, services: readonly string[]): Promise<void> {
  const { clock } = context.ports
  const startedAtMs = clock.monotonicMs()
  for (;;) {
    const instances = await findHotInstances(context, services, context.signal)
    const { closed, silent } = findNotOpen(await askHotInstances(context, instances, context.signal))
    const waitedMs = clock.monotonicMs() - startedAtMs
    const isWorthIt = closed.length > 0 ? waitedMs < openWithinMs : waitedMs < answerWithinMs
    if (closed.length + silent.length === 0 || !isWorthIt) return
    await clock.sleep(lookAgainMs, context.signal)
  }
}

/** Who still holds or refuses writes, or was told to and has not heard otherwise; and who does not answer. */
export function findNotOpen(asked: readonly AskedInstance[]): {
  readonly closed: readonly string[]
  readonly silent: readonly string[]
} {
  const closed = asked.flatMap((one) => {
    if (one.report === undefined) return []
    const { gate, refusal, notice } = one.report.status
    if (gate !== 'open') return [`${titleOf(one)} is ${gate}${refusal === '' ? '' : `: ${refusal}`}`]
    return notice?.phase === 'holding' ? [`${titleOf(one)} is still going to hold its writes`] : []
  })
  return { closed, silent: asked.filter(({ report }) => report === undefined).map(titleOf) }
}
