import { z } from 'zod'
import { formatMs } from '../core/deadline.ts'
import { duration } from '../core/durations.ts'
import { CutoverError } from '../core/errors.ts'
import { askHotInstances, findHotInstances, type AskedInstance } from '../core/hot-instances.ts'
import { serviceRef } from '../core/refs.ts'
import { defineStep, type StepContext, type Verdict } from '../core/step.ts'
import { countHeld, findNotClosed, untilClosed } from './await-closed.ts'
import { refuseUnready } from './check-ready.ts'
import { orderHold } from './order-hold.ts'
import { noticePlace, readNotice } from './notice-document.ts'
import { armAgain, findNotOpen } from './take-hold-back.ts'

const fields = z.strictObject({
  services: z
    .array(serviceRef('Service that is switched live.'))
    .min(1)
    .meta({ description: 'Services whose writes are held, all at the same moment.' }),
  lead: duration('How far ahead that moment is. Every process must have heard of it by then.').default(3000),
  margin: duration(
    'So long before that moment the order is taken back when a process has not heard it.',
  ).default(500),
  drain: duration('How long units of work that had begun may take to end.').default(2000),
  late: z.enum(['keep', 'end']).default('keep').meta({
    description:
      'Units of work that take longer. keep: they go on, and the pause is given up. end: their connections are closed and they fail, except one that is being committed.',
  }),
  limit: duration('How long a write is held at most before it is answered "upgrading".').default(8000),
  validFor: duration(
    'The order ends by itself after this time: processes then refuse writes until they know more.',
  ).default(60_000),
})
const schema = fields
  .refine(({ lead, margin }) => margin < lead, { path: ['margin'], error: 'must be shorter than lead' })
  .refine(({ drain, limit }) => drain < limit, { path: ['drain'], error: 'must be shorter than limit' })
  .refine(({ lead, limit, validFor }) => lead + limit <= validFor, {
    path: ['validFor'],
    error: 'must be at least lead and limit together',
  })
type Want = z.infer<typeof schema>
/** The notice that the order replaces. It is shown to users, so it holds no secret. */
type Seen = { readonly before: string }

/**
 * All processes of the services close their gates at one moment: new writes wait, units of work that had begun end.
 *
 * The moment lies ahead, so that no way through the config center is part of users' wait, and each process keeps it by
 * its own clock. It is set so that even the process whose clock is furthest ahead has `lead` left; one that has not said
 * in time that it has heard makes the runner take the order back. Nothing of this keeps the data right: a process that
 * never heard of it, or never closes, meets the fence.
 */
export const holdWrites = defineStep<Want, Seen>({
  kind: 'hold-writes',
  summary:
    'Every process of the services holds its writes back from one moment on, and lets those under way end.',
  schema,
  requires: ['notice'],
  needs: (want) => want.services.map((service) => ({ service, part: 'hot' })),
  holds: 'hold',
  defaultDeadlineMs: 30_000,

  async observe(context, want) {
    const stored = await readNotice(context)
    const notice = stored?.notice
    const unstaged = want.services.find((service) => notice?.staged?.[service] === undefined)
    if (!stored || notice?.runId !== context.runId || unstaged !== undefined) throw notArmed(context, want)
    return { before: stored.content }
  },

  plan(_context, want) {
    const to = `held from one moment on, ${formatMs(want.lead)} ahead, for at most ${formatMs(want.limit)}`
    return Promise.resolve(
      want.services.map((service) => ({
        subject: `writes of ${service}`,
        from: 'pass',
        to,
        fidelity: 'predicted' as const,
      })),
    )
  },

  async run(context, want, seen) {
    // What an earlier attempt closed is opened first: how long its writes have waited already is not known here.
    const { notice } = (await readNotice(context)) ?? {}
    if (notice?.phase === 'holding') await armAgain(context, want.services, seen.before)
    const instances = await findHotInstances(context, want.services, context.signal)
    const asked = await askHotInstances(context, instances, context.signal)
    await refuseUnready(context, want.services, asked)
    try {
      const order = await orderHold(context, want, asked, seen.before)
      const closed = await untilClosed(context, order, want)
      seenClosed.set(context, { asked: closed, at: order.at, atMs: context.ports.clock.monotonicMs() })
    } catch (error) {
      // Users wait. Whatever it was, they do not wait for what comes after it; undo looks whether all of it worked.
      if (!context.signal.aborted) await armAgain(context, want.services, seen.before).catch(() => undefined)
      throw error
    }
  },

  async verify(context, want) {
    const closed = seenClosed.get(context)
    if (closed && context.ports.clock.monotonicMs() - closed.atMs < freshForMs) return allClosed(want, closed)
    const { title } = noticePlace(context)
    const notice = (await readNotice(context))?.notice
    if (notice?.runId !== context.runId || notice.phase !== 'holding' || notice.hold === undefined)
      return { holds: false, reason: `${title} does not order a hold for this run` }
    const instances = await findHotInstances(context, want.services, context.signal)
    const asked = await askHotInstances(context, instances, context.signal)
    const open = findNotClosed(asked, { runId: context.runId, at: notice.hold.at })
    if (open.length > 0) return { holds: false, reason: open.join('; ') }
    return allClosed(want, { asked, at: notice.hold.at })
  },

  undo(context, want, seen) {
    seenClosed.delete(context)
    return armAgain(context, want.services, seen.before)
  },

  async verifyUndone(context, want) {
    const { title } = noticePlace(context)
    const notice = (await readNotice(context))?.notice
    if (notice?.runId === context.runId && notice.phase === 'holding')
      return { holds: false, reason: `${title} still orders a hold` }
    const instances = await findHotInstances(context, want.services, context.signal)
    const { closed, silent } = findNotOpen(await askHotInstances(context, instances, context.signal))
    if (closed.length > 0) return { holds: false, reason: closed.join('; ') }
    // One that does not answer holds up nobody else. When it wakes up it reads the notice before it decides anything.
    const rest = silent.length === 0 ? '' : `; no answer from ${silent.join(', ')}`
    return { holds: true, evidence: `the gates of ${want.services.join(', ')} are open${rest}` }
  },
})

/**
 * What `run` saw last, for the `verify` that follows it at once: users are waiting, and asking everybody again, and the
 * config center with them, would tell the same.
 */
const seenClosed = new WeakMap<StepContext, Closed & { readonly atMs: number }>()
const freshForMs = 200

interface Closed {
  readonly asked: readonly AskedInstance[]
  readonly at: string
}

function allClosed(want: Want, { asked, at }: Closed): Verdict {
  const evidence = `${asked.length} processes of ${want.services.join(', ')} closed at ${at}; ${countHeld(asked)} writes held`
  return { holds: true, evidence, facts: { at } }
}

function notArmed(context: StepContext, want: Want): CutoverError {
  const { title, center } = noticePlace(context)
  return new CutoverError(
    'system.refused',
    `${title} does not say armed for this run and all of ${want.services.join(', ')}`,
    {
      where: center.name,
      hint: 'Put announce-upgrade with phase: armed, and staged: with these services, before it.',
    },
  )
}
