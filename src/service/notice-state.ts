import type { Notice } from '../core/notice.ts'
import { parseNotice } from '../core/notice.ts'
import type { Clock } from '../core/ports/clock.ts'

/** A window in which "system upgrading" is an honest answer. */
export interface UpgradeWindow {
  readonly notice: Notice
  /** True: the window is over, but errors of requests that began in it may still come in. */
  readonly grace: boolean
}

/** Which notice counts for one service, and until when. */
export interface NoticeState {
  /** The text of the document as it is now; null: there is none. Text that is no notice changes nothing. */
  take(text: string | null): void
  /** The window the service is in; undefined outside. */
  window(): UpgradeWindow | undefined
  /** The valid notice, whatever its phase. */
  notice(): Notice | undefined
}

/** @param graceMs how long after a window late errors still count, milliseconds. */
export function createNoticeState(service: string, graceMs: number, clock: Clock): NoticeState {
  // Kept when the document is removed, so that an older runner's word is still recognised as old.
  let newest: Notice | undefined
  let removed = false
  let late: { readonly notice: Notice; readonly endsAt: number } | undefined

  return { take, window, notice }

  function take(text: string | null): void {
    const next = text === null ? undefined : parseNotice(text)
    if (text !== null && next === undefined) return
    if (next === undefined || putBack(next)) {
      rememberWindow()
      removed = true
    } else if (counts(next)) {
      rememberWindow()
      newest = next
      removed = false
    }
  }

  /** An older run's ended notice in place of the present one: the document is as it was before this run. */
  function putBack(next: Notice): boolean {
    return newest !== undefined && next.runId !== newest.runId && next.epoch < newest.epoch && hasEnded(next)
  }

  function counts(next: Notice): boolean {
    if (newest === undefined) return addresses(next)
    // The run's own newer word counts even when it no longer names this service: that ends the window.
    if (next.runId === newest.runId) return next.epoch >= newest.epoch
    // Epochs count the locks of one run; another run starts anew, but not while this one's word still holds.
    return addresses(next) && (next.epoch >= newest.epoch || removed || hasEnded(newest))
  }

  function hasEnded(notice: Notice): boolean {
    return (
      notice.phase === 'done' ||
      notice.phase === 'undone' ||
      clock.now().getTime() >= Date.parse(notice.until)
    )
  }

  function notice(): Notice | undefined {
    if (newest === undefined || removed) return undefined
    return clock.now().getTime() < Date.parse(newest.until) ? newest : undefined
  }

  function window(): UpgradeWindow | undefined {
    const valid = notice()
    if (valid !== undefined && opensWindow(valid)) return { notice: valid, grace: false }
    rememberWindow()
    if (late === undefined || clock.now().getTime() >= late.endsAt) return undefined
    return { notice: late.notice, grace: true }
  }

  /** Before a notice is replaced, and when it has expired: its window's end starts the grace time. */
  function rememberWindow(): void {
    if (newest === undefined || removed || !opensWindow(newest)) return
    const endedAt = Math.min(clock.now().getTime(), Date.parse(newest.until))
    late = { notice: newest, endsAt: endedAt + graceMs }
  }

  function opensWindow(notice: Notice): boolean {
    return addresses(notice) && (notice.phase === 'upgrading' || notice.phase === 'holding')
  }

  function addresses(notice: Notice): boolean {
    return notice.services.includes(service)
  }
}
