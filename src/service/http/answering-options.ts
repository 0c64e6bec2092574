import type { ErrorCounts } from '../../core/instance-status.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { NoticeWatcher } from '../notice-watcher.ts'
import type { RawAnswer } from './answer-headers.ts'
import type { RequestView } from './request-view.ts'
import type { UpgradeAnswer } from './upgrade-answer.ts'

/** What both halves of the middleware need: one object serves both. */
export interface AnsweringOptions {
  /** Says whether this service is in a window; see `watchNotice`. */
  readonly notices: Pick<NoticeWatcher, 'window'>
  /**
   * `window` (default): only while a notice says so. `always`: errors by which a fence refuses a write are answered at
   * any time; requests are still kept from their handlers only in a window. `shadow`: nothing is changed, and the
   * hooks hear what `window` would have done.
   */
  readonly mode?: 'window' | 'always' | 'shadow'
  /** Own form of the answer, for front ends that expect status 200 and a code. Undefined: the negotiated form. */
  readonly format?: (answer: UpgradeAnswer, request: RequestView) => RawAnswer | undefined
  /** Counts what became of errors, for the status of this instance: answered, passed on, or outcome unknown. */
  readonly countError?: (fate: keyof ErrorCounts) => void
  readonly clock?: Clock
  /** Spreads the retry time; between 0 and 1. Default Math.random. */
  readonly random?: () => number
}
