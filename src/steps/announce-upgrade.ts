import { z } from 'zod'
import { duration } from '../core/durations.ts'
import { CutoverError } from '../core/errors.ts'
import { parseNotice, type Notice } from '../core/notice.ts'
import type { ConfigCenter, DocumentRef, StoredDocument } from '../core/ports/config-center.ts'
import { serviceRef } from '../core/refs.ts'
import { defineStep, type StepContext } from '../core/step.ts'

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

  async observe(context) {
    const stored = await readNotice(context)
    return { before: stored?.content ?? null }
  },

  async plan(context, want) {
    const notice = (await readNotice(context))?.notice
    const change = { subject: placeOf(context).title, to: `${want.phase} for ${want.services.join(', ')}` }
    const from = notice ? `${notice.phase} of run ${notice.runId}, valid until ${notice.until}` : undefined
    return [{ ...change, ...(from === undefined ? {} : { from }), fidelity: 'exact' }]
  },

  async run(context, want) {
    const { center, ref, title } = placeOf(context)
    const stored = await readNotice(context)
    const now = await timeOf(context)
    refuseOtherRun(context, title, now, stored?.notice)
    const text = `${JSON.stringify(compose(context, want, now, stored?.notice), null, 2)}\n`
    const options = stored
      ? { expect: { etag: stored.etag } }
      : { expect: 'absent' as const, meta: { type: 'json' } }
    const { etag } = await center.put(ref, text, options, context.signal)
    await center.awaitVisible(ref, etag, context.signal)
  },

  async verify(context, want) {
    const { center, ref, title } = placeOf(context)
    const stored = await readNotice(context)
    const notice = stored?.notice
    if (!stored || notice?.runId !== context.runId || notice.phase !== want.phase) {
      return { holds: false, reason: `${title} does not say ${want.phase} for this run` }
    }
    if (Date.parse(notice.until) <= (await timeOf(context)).getTime()) {
      return { holds: false, reason: `${title} says ${want.phase}, but ended at ${notice.until}` }
    }
    await center.awaitVisible(ref, stored.etag, context.signal)
    return { holds: true, evidence: `${title} says ${want.phase} until ${notice.until}` }
  },

  async undo(context, _want, seen) {
    const { center, ref } = placeOf(context)
    const stored = await readNotice(context)
    // What another run says now is not ours to take back.
    if (!stored || stored.content === seen.before || stored.notice?.runId !== context.runId) return
    const expect = { etag: stored.etag }
    if (seen.before === null) return center.remove(ref, { expect }, context.signal)
    const { etag } = await center.put(ref, seen.before, { expect }, context.signal)
    await center.awaitVisible(ref, etag, context.signal)
  },

  async verifyUndone(context, _want, seen) {
    const { title } = placeOf(context)
    const stored = await readNotice(context)
    if ((stored?.content ?? null) === seen.before) return { holds: true, evidence: `${title} is as before` }
    if (stored?.notice?.runId !== context.runId)
      return { holds: true, evidence: `${title} is another run's now` }
    return { holds: false, reason: `${title} still says ${stored.notice.phase}` }
  },
})

type StoredNotice = StoredDocument & { readonly notice: Notice | undefined }

/** @throws CutoverError `system.refused` when the document holds something else than a notice. */
async function readNotice(context: StepContext): Promise<StoredNotice | undefined> {
  const { center, ref, title } = placeOf(context)
  const stored = await center.get(ref, context.signal)
  if (!stored) return undefined
  const notice = parseNotice(stored.content)
  if (notice || stored.content.trim() === '') return { ...stored, notice }
  throw new CutoverError(
    'system.refused',
    `${title} holds something that is not a notice; it was not touched`,
    {
      where: center.name,
      hint: 'Give the notice a data id of its own in the playbook.',
    },
  )
}

interface NoticePlace {
  readonly title: string
  readonly center: ConfigCenter
  readonly ref: DocumentRef
}

function placeOf(context: StepContext): NoticePlace {
  const spec = context.ports.notice
  if (!spec) {
    throw new CutoverError('playbook.invalid', 'the playbook names no notice document', {
      hint: 'Add notice: { center: …, dataId: cutover-notice.json } to the playbook.',
    })
  }
  const ref = { group: spec.group, dataId: spec.dataId }
  return {
    title: `notice ${spec.dataId} in ${spec.center}`,
    center: context.ports.configCenter(spec.center),
    ref,
  }
}

/**
 * By the clock of whoever hands the notice out: services end it by their own, and a runner whose clock was set wrong
 * would say "upgrading" to nobody, or for hours.
 */
async function timeOf(context: StepContext): Promise<Date> {
  return (await placeOf(context).center.now(context.signal)) ?? context.ports.clock.now()
}

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

function refuseOtherRun(context: StepContext, title: string, now: Date, notice: Notice | undefined): void {
  if (!notice || notice.runId === context.runId || notice.epoch <= context.epoch) return
  const live = Date.parse(notice.until) > now.getTime() && notice.phase !== 'done'
  if (!live) return
  throw new CutoverError(
    'conflict',
    `${title} belongs to run ${notice.runId}, which says ${notice.phase} until ${notice.until}`,
    {
      where: context.ports.notice?.center ?? 'notice',
      hint: 'Finish or undo that run first, or wait until its notice has ended.',
    },
  )
}
