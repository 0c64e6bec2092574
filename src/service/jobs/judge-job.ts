import type { ErrorCounts } from '../../core/instance-status.ts'
import type { Clock } from '../../core/ports/clock.ts'
import { systemClock } from '../../core/system-clock.ts'
import type { Decision } from '../classify.ts'
import { classify } from '../classify.ts'
import { guarded } from '../guarded.ts'
import { isFromGate } from '../is-from-gate.ts'
import type { UpgradeWindow } from '../notice-state.ts'
import type { NoticeWatcher } from '../notice-watcher.ts'
import type { ProbableBugs } from '../probable-bugs.ts'
import { retrySeconds } from '../retry-time.ts'
import type { UnitContext } from '../unit-context.ts'
import { recallUnit } from '../unit-context.ts'

/** What is known about the job that failed. */
export interface JobContext {
  readonly notices: Pick<NoticeWatcher, 'window'>
  /** As for the middleware of web frameworks. Default `window`. */
  readonly mode?: 'window' | 'always' | 'shadow'
  readonly flavour?: 'mysql' | 'mariadb'
  /** What was going on when the error came. Default: what `rememberUnit` was told, else an autocommit write. */
  readonly unit?: UnitContext
  /**
   * For an outcome that is unknown: what looking it up has shown, by the job's idempotency key on the database that
   * counts now. Leave it out when nobody has looked.
   */
  readonly outcome?: 'done' | 'not-done'
  readonly countError?: (fate: keyof ErrorCounts) => void
  readonly bugs?: ProbableBugs
  /** Called for each error that was judged. */
  readonly onDecision?: (event: JobEvent) => void
  readonly clock?: Clock
  /** Spreads the delay; between 0 and 1. Default Math.random. */
  readonly random?: () => number
}

/**
 * - `ack`: the job is done, its error notwithstanding.
 * - `requeue`: nothing was done because of the cutover; run it again after the delay, and do not count the attempt.
 * - `park`: it may or may not have been done. Never run it again before somebody has looked.
 * - `pass`: not the cutover's affair; the queue's own rules for failures hold.
 */
export type JobVerdict =
  | { readonly action: 'ack' | 'park' | 'pass'; readonly why: string }
  | { readonly action: 'requeue'; readonly delayMs: number; readonly why: string }

export interface JobEvent {
  readonly error: unknown
  readonly decision: Decision
  readonly window: UpgradeWindow | undefined
  /** What was returned, or in mode `shadow` would have been. */
  readonly verdict: JobVerdict
  readonly shadow: boolean
}

const notInWindow: JobVerdict = { action: 'pass', why: 'No cutover is going on.' }

/** The decisions of the middleware for work without a client: consumers of queues, timed jobs. */
export function judgeJob(error: unknown, context: JobContext): JobVerdict {
  const { notices, mode = 'window' } = context
  const window = notices.window()
  if (window === undefined && mode !== 'always' && !isFromGate(error)) return notInWindow
  const unit = context.unit ?? recallUnit(error) ?? {}
  const decision = classify(
    error,
    context.flavour === undefined ? unit : { flavour: context.flavour, ...unit },
  )
  const verdict = verdictFor(decision, window, context)
  const shadow = mode === 'shadow'
  if (!shadow) guarded(() => context.countError?.(fateOf(decision, verdict)))
  if (verdict.action === 'requeue' && decision.mayShowUpgrading) context.bugs?.refused(error, decision)
  guarded(() => context.onDecision?.({ error, decision, window, verdict, shadow }))
  return shadow ? { action: 'pass', why: 'Mode shadow changes nothing.' } : verdict
}

function verdictFor(decision: Decision, window: UpgradeWindow | undefined, context: JobContext): JobVerdict {
  const { why } = decision
  if (decision.mayShowUpgrading) return { action: 'requeue', delayMs: delayMs(window, context), why }
  if (decision.class !== 'unknown' || window === undefined) return { action: 'pass', why }
  if (context.outcome === 'done') return { action: 'ack', why: `${why} It was looked up: it had been done.` }
  if (context.outcome === undefined) return { action: 'park', why }
  const looked = `${why} It was looked up: it had not been done.`
  return { action: 'requeue', delayMs: delayMs(window, context), why: looked }
}

function delayMs(
  window: UpgradeWindow | undefined,
  { clock = systemClock, random = Math.random }: JobContext,
): number {
  return retrySeconds(window, clock.now().getTime(), random()) * 1000
}

function fateOf(decision: Decision, verdict: JobVerdict): keyof ErrorCounts {
  if (decision.class === 'unknown') return 'unknown'
  return verdict.action === 'requeue' ? 'mapped' : 'passed'
}
