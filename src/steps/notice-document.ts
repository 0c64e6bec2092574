import { CutoverError } from '../core/errors.ts'
import { parseNotice, type Notice } from '../core/notice.ts'
import type { ConfigCenter, DocumentRef, StoredDocument } from '../core/ports/config-center.ts'
import type { StepContext } from '../core/step.ts'

/** Where the playbook's notice is. */
export interface NoticePlace {
  readonly title: string
  readonly center: ConfigCenter
  readonly ref: DocumentRef
}

/** `notice` is undefined for an empty document. */
export type StoredNotice = StoredDocument & { readonly notice: Notice | undefined }

/** @throws CutoverError `playbook.invalid` when the playbook names no notice. */
export function noticePlace(context: StepContext): NoticePlace {
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

/** @throws CutoverError `system.refused` when the document holds something else than a notice. */
export async function readNotice(context: StepContext): Promise<StoredNotice | undefined> {
  const { center, ref, title } = noticePlace(context)
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

/**
 * By the clock of whoever hands the notice out: services end it by their own, and a runner whose clock was set wrong
 * would say "upgrading" to nobody, or for hours.
 */
export async function noticeTime(context: StepContext): Promise<Date> {
  return (await noticePlace(context).center.now(context.signal)) ?? context.ports.clock.now()
}

/** Writes the notice over what was read. @returns its version. */
export async function putNotice(
  context: StepContext,
  notice: Notice,
  before: StoredDocument | undefined,
): Promise<string> {
  const { center, ref } = noticePlace(context)
  const text = `${JSON.stringify(notice, null, 2)}\n`
  const options = before
    ? { expect: { etag: before.etag } }
    : { expect: 'absent' as const, meta: { type: 'json' } }
  return (await center.put(ref, text, options, context.signal)).etag
}

/** @throws CutoverError `conflict` when a newer run, still alive, speaks there. */
export function refuseOtherRun(context: StepContext, now: Date, notice: Notice | undefined): void {
  if (!notice || notice.runId === context.runId || notice.epoch <= context.epoch) return
  const live = Date.parse(notice.until) > now.getTime() && notice.phase !== 'done'
  if (!live) return
  throw new CutoverError(
    'conflict',
    `${noticePlace(context).title} belongs to run ${notice.runId}, which says ${notice.phase} until ${notice.until}`,
    {
      where: context.ports.notice?.center ?? 'notice',
      hint: 'Finish or undo that run first, or wait until its notice has ended.',
    },
  )
}
