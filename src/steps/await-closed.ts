import { CutoverError } from '../core/errors.ts'
import { askHotInstances, titleOf, type AskedInstance } from '../core/hot-instances.ts'
import type { StepContext } from '../core/step.ts'
import { isMoment, type HeardOrder } from './order-hold.ts'

/** Each process answers when it has closed: asking again and again would take its time from the users. Milliseconds. */
const answerWithinMs = 500
/** Between two questions to a process that answers at once all the same, milliseconds: users wait from here on. */
const lookAgainMs = 1

/** How much longer than the drain a process may take to say that it is closed, milliseconds. */
const graceMs = 1_000

export interface DrainWish {
  readonly services: readonly string[]
  readonly drain: number
}

/**
 * Returns, with what they said, as soon as every process has closed its gate and all that had begun has ended.
 * @throws CutoverError `service.unhealthy` naming who has not, and how old its oldest unit of work is.
 */
export async function untilClosed(
  context: StepContext,
  order: HeardOrder,
  { services, drain }: DrainWish,
): Promise<readonly AskedInstance[]> {
  const { clock } = context.ports
  const giveUpAtMs = order.lastAtMs + drain + graceMs
  await clock.sleep(Math.max(0, order.firstAtMs - clock.monotonicMs()), context.signal)
  for (;;) {
    const withinMs = Math.max(0, Math.min(answerWithinMs, giveUpAtMs - clock.monotonicMs()))
    const wish = { gates: ['closed', 'refusing'], withinMs } as const
    const asked = await askHotInstances(context, order.instances, context.signal, wish)
    const open = findNotClosed(asked, { runId: context.runId, at: order.at })
    if (open.length === 0) return asked
    const refusing = asked.some(({ report }) => report?.status.gate === 'refusing')
    if (refusing || clock.monotonicMs() >= giveUpAtMs) throw notClosed(open, services)
    await clock.sleep(lookAgainMs, context.signal)
  }
}

/** Who does not say that it is closed by this order, a sentence each. */
export function findNotClosed(
  asked: readonly AskedInstance[],
  order: { readonly runId: string; readonly at: string },
): readonly string[] {
  return asked.flatMap((one) => {
    if (one.report === undefined) return [one.silence]
    const { notice, gate, refusal, writes } = one.report.status
    const heard = notice?.runId === order.runId && isMoment(notice.holdAt, order.at)
    if (!heard) return [`${titleOf(one)} has not heard the order`]
    if (gate === 'closed') return []
    if (gate === 'refusing') return [`${titleOf(one)} refuses writes: ${refusal}`]
    const work =
      writes.running === 0
        ? ''
        : ` (${writes.running} units of work under way, the oldest for ${Math.round(writes.oldestMs)} ms)`
    return [`${titleOf(one)} is ${gate}${work}`]
  })
}

export function countHeld(asked: readonly AskedInstance[]): number {
  return asked.reduce((sum, { report }) => sum + (report?.status.writes.held ?? 0), 0)
}

function notClosed(open: readonly string[], services: readonly string[]): CutoverError {
  return new CutoverError('service.unhealthy', `not every process holds its writes: ${open.join('; ')}`, {
    where: services.join(', '),
    hint: 'Look for long transactions there; late: end closes them, a longer drain waits for them.',
  })
}
