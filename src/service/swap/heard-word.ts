import type { Notice } from '../../core/notice.ts'
import { parseNotice } from '../../core/notice.ts'

/**
 * The newest notice that counts for this process. Unlike the window of the middleware it outlives its expiry: a gate
 * that was closed by it asks what became of the run.
 */
export interface Word {
  readonly notice: Notice
  /** True: the document is not there any more, or says something else that has nothing to do with this run. */
  readonly gone: boolean
}

/** What a process knows after it has read the notice document once more. */
export interface Hearing {
  readonly word: Word | undefined
  /** False: what was read says nothing new and confirms nothing (no notice, or one that is older than what is known). */
  readonly counts: boolean
}

/**
 * Puts what was read into order with what was heard before. Nodes of a config center may show older documents than
 * others do, and a runner that lost its lock may still speak: neither may close a gate again or open it.
 * @param text the document; null: there is none.
 * @param nowMs the wall clock.
 */
export function hear(before: Word | undefined, text: string | null, service: string, nowMs: number): Hearing {
  if (text === null) return { word: before && { ...before, gone: true }, counts: true }
  const next = parseNotice(text)
  if (next === undefined) return { word: before, counts: false }
  if (next.runId === before?.notice.runId) return hearSameRun(before, next)
  return hearOtherRun(before, next, service, nowMs)
}

/** True: the notice is meant for this service. */
export function addresses(notice: Notice, service: string): boolean {
  return notice.services.includes(service)
}

function hearSameRun(before: Word, next: Notice): Hearing {
  const known = before.notice
  const older =
    next.epoch < known.epoch ||
    // Between holding and anything else the order matters. Elsewhere an undo puts an older text back on purpose.
    (next.epoch === known.epoch &&
      (next.phase === 'holding' || known.phase === 'holding') &&
      Date.parse(next.since) < Date.parse(known.since))
  return older ? { word: before, counts: false } : { word: { notice: next, gone: false }, counts: true }
}

/** Epochs count the locks of one run: another run starts anew, but not while this one's word holds. */
function hearOtherRun(before: Word | undefined, next: Notice, service: string, nowMs: number): Hearing {
  const mine = addresses(next, service)
  if (before === undefined) return { word: mine ? { notice: next, gone: false } : undefined, counts: true }
  const takesOver = before.gone || hasEnded(before.notice, nowMs) || next.epoch >= before.notice.epoch
  if (takesOver && mine) return { word: { notice: next, gone: false }, counts: true }
  // The document of an earlier run was put back, or another run speaks to other services now.
  if (takesOver || hasEnded(next, nowMs)) return { word: { ...before, gone: true }, counts: true }
  return { word: before, counts: false }
}

function hasEnded(notice: Notice, nowMs: number): boolean {
  return notice.phase === 'done' || notice.phase === 'undone' || nowMs >= Date.parse(notice.until)
}
