import { z } from 'zod'
import { duration } from '../core/durations.ts'
import type { Notice } from '../core/notice.ts'
import { serviceRef } from '../core/refs.ts'
import { defineStep, type StepContext } from '../core/step.ts'
import { noticePlace, noticeTime, putNotice, readNotice, refuseOtherRun } from './notice-document.ts'
import { readStaged } from './staged-documents.ts'

const schema = z.strictObject({
  phase: z.enum(['armed', 'upgrading', 'done']).meta({
    description:
      'armed: it comes soon, nothing changes for users. upgrading: refused writes get the friendly answer. done: it is over.',
  }),
  services: z
    .array(serviceRef('Service the notice is for.'))
    .min(1)
    .meta({ description: 'Services that show the friendly answer.' }),
  expectedPause: duration('When writes are expected to work again; becomes Retry-After.').default(30_000),
  validFor: duration('The notice ends by itself after this time, even if the runner dies.'),
  message: z.record(z.string(), z.string()).optional().meta({
    description: 'Own text for users per language tag, such as zh-CN. Left out: the library’s text.',
  }),
  staged: z.array(serviceRef('Service that is switched live.')).default([]).meta({
    description: 'Of these services, processes open the datasource that was staged for them.',
  }),
})
type Want = z.infer<typeof schema>
/** The text before; null: there was no document. A notice is shown to users, so it holds no secret. */
type Seen = { readonly before: string | null }

/** Tells services what is happening. It shapes what users see; the data is safe without it. */
export const announceUpgrade = defineStep<Want, Seen>({
  kind: 'announce-upgrade',
  summary: 'Publishes the notice by which services know that "upgrading" is the honest answer.',
  schema,
  requires: ['notice'],
  // A notice only shapes what users see, and ends by itself: services that never heard it meet the fence.
  skippable: true,
  needs: (want) => want.staged.map((service) => ({ service, part: 'hot' })),

  async observe(context) {
    const stored = await readNotice(context)
    return { before: stored?.content ?? null }
  },

  async plan(context, want) {
    const notice = (await readNotice(context))?.notice
    const change = {
      subject: noticePlace(context).title,
      to: `${want.phase} for ${want.services.join(', ')}`,
    }
    const from = notice ? `${notice.phase} of run ${notice.runId}, valid until ${notice.until}` : undefined
    return [{ ...change, ...(from === undefined ? {} : { from }), fidelity: 'exact' }]
  },

  async run(context, want) {
    const { center, ref } = noticePlace(context)
    const stored = await readNotice(context)
    const now = await noticeTime(context)
    refuseOtherRun(context, now, stored?.notice)
    const notice = compose(context, want, now, stored?.notice)
    const staged = want.staged.length === 0 ? {} : { staged: await readStaged(context, want.staged) }
    const etag = await putNotice(context, { ...notice, ...staged }, stored)
    await center.awaitVisible(ref, etag, context.signal)
  },

  async verify(context, want) {
    const { center, ref, title } = noticePlace(context)
    const stored = await readNotice(context)
    const notice = stored?.notice
    if (!stored || notice?.runId !== context.runId || notice.phase !== want.phase) {
      return { holds: false, reason: `${title} does not say ${want.phase} for this run` }
    }
    const stagedNow = await readStaged(context, want.staged)
    const unstaged = want.staged.find(
      (service) => notice.staged?.[service]?.etag !== stagedNow[service]?.etag,
    )
    if (unstaged !== undefined)
      return { holds: false, reason: `${title} does not name what is staged for ${unstaged}` }
    if (Date.parse(notice.until) <= (await noticeTime(context)).getTime()) {
      return { holds: false, reason: `${title} says ${want.phase}, but ended at ${notice.until}` }
    }
    await center.awaitVisible(ref, stored.etag, context.signal)
    return { holds: true, evidence: `${title} says ${want.phase} until ${notice.until}` }
  },

  async undo(context, _want, seen) {
    const { center, ref } = noticePlace(context)
    const stored = await readNotice(context)
    // What another run says now is not ours to take back.
    if (!stored || stored.content === seen.before || stored.notice?.runId !== context.runId) return
    const expect = { etag: stored.etag }
    if (seen.before === null) return center.remove(ref, { expect }, context.signal)
    const { etag } = await center.put(ref, seen.before, { expect }, context.signal)
    await center.awaitVisible(ref, etag, context.signal)
  },

  async verifyUndone(context, _want, seen) {
    const { title } = noticePlace(context)
    const stored = await readNotice(context)
    if ((stored?.content ?? null) === seen.before) return { holds: true, evidence: `${title} is as before` }
    if (stored?.notice?.runId !== context.runId)
      return { holds: true, evidence: `${title} is another run's now` }
    return { holds: false, reason: `${title} still says ${stored.notice.phase}` }
  },
})

function compose(context: StepContext, want: Want, now: Date, before: Notice | undefined): Notice {
  return {
    kind: 'cutover-notice',
    version: 1,
    runId: context.runId,
    // Services ignore a notice with a lower epoch than one they have seen, an ended one of an earlier run included.
    epoch: Math.max(context.epoch, before?.epoch ?? 0),
    phase: want.phase,
    services: [...want.services],
    since: now.toISOString(),
    until: new Date(now.getTime() + want.validFor).toISOString(),
    retryAfterSeconds: Math.max(1, Math.ceil(want.expectedPause / 1000)),
    ...(want.message ? { message: want.message } : {}),
  }
}
