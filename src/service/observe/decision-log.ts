import type { Clock } from '../../core/ports/clock.ts'
import type { Log } from '../../core/ports/log.ts'
import { systemClock } from '../../core/system-clock.ts'
import type { Decision } from '../classify.ts'
import { sqlOf } from '../sql-of.ts'
import type { SafeError } from './describe-error.ts'
import { describeError } from './describe-error.ts'
import type { ErrorFate } from './error-tally.ts'
import { sqlFingerprint } from './sql-fingerprint.ts'

/** What middleware and jobs tell their `onDecision`, as far as it is logged. */
export interface LoggedDecision {
  readonly error: unknown
  readonly decision: Decision
  /** Of the middleware: undefined when the error was passed on. */
  readonly answer?: { readonly instance?: string | undefined } | undefined
  /** Of a job. */
  readonly verdict?: { readonly action: 'ack' | 'requeue' | 'park' | 'pass' }
  readonly shadow: boolean
}

/** One line: what came, what was done with it, and how often it came without a line of its own. */
export interface DecisionRecord {
  readonly event: 'cutover.decision'
  readonly fate: ErrorFate
  readonly class: Decision['class']
  readonly shadow: boolean
  /** What the user can report; with an answer only. */
  readonly instance?: string
  /** Decisions of the same kind since the last line about it. */
  readonly unlogged: number
  /** Never a statement or its values. */
  readonly err: SafeError
}

export interface DecisionLogOptions {
  /** A logger such as pino's. */
  readonly log: Pick<Log, 'info' | 'warn'>
  /** For each statement and error, one line in so long, milliseconds. Default 10 000. */
  readonly everyMs?: number
  /** Kinds that are kept apart; what comes beyond shares one. Default 500. */
  readonly limit?: number
  readonly clock?: Clock
}

/**
 * For `onDecision` of middleware and jobs: keeps the original error in the log, so that a defect that hid behind
 * "upgrading" can be found afterwards, without a line for each of thousands of refused writes. An outcome that is
 * unknown is always logged: somebody has to look at every single one.
 */
export function createDecisionLog(options: DecisionLogOptions): (event: LoggedDecision) => void {
  const { log, everyMs = 10_000, limit = 500, clock = systemClock } = options
  const kinds = new Map<string, { lastMs: number; unlogged: number }>()
  return (event) => {
    const fate = fateOf(event)
    const nowMs = clock.monotonicMs()
    const kind = fate === 'unknown' ? undefined : kindOf(kinds, limit, event, fate)
    if (kind !== undefined && nowMs - kind.lastMs < everyMs) {
      kind.unlogged += 1
      return
    }
    const record = recordOf(event, fate, kind?.unlogged ?? 0)
    if (kind !== undefined) Object.assign(kind, { lastMs: nowMs, unlogged: 0 })
    log[fate === 'mapped' ? 'info' : 'warn'](record, messages[fate])
  }
}

const messages: Readonly<Record<ErrorFate, string>> = {
  mapped: 'a database error was answered with the notice of the upgrade',
  passed: 'a database error in the window was not the upgrade’s',
  unknown: 'nobody knows whether a write was done: look it up',
}

const beyond = 'more kinds than are kept apart'

function kindOf(
  kinds: Map<string, { lastMs: number; unlogged: number }>,
  limit: number,
  { error, decision, shadow }: LoggedDecision,
  fate: ErrorFate,
): { lastMs: number; unlogged: number } {
  const sql = sqlOf(error)
  const fingerprint = sql === undefined ? '' : sqlFingerprint(sql)
  const own = `${fate} ${shadow} ${decision.class} ${decision.errno ?? ''} ${fingerprint}`
  const id = kinds.has(own) || kinds.size < limit ? own : beyond
  const kind = kinds.get(id) ?? { lastMs: Number.NEGATIVE_INFINITY, unlogged: 0 }
  kinds.set(id, kind)
  return kind
}

function fateOf({ decision, answer, verdict }: LoggedDecision): ErrorFate {
  if (decision.class === 'unknown') return 'unknown'
  const isMapped = verdict === undefined ? answer !== undefined : verdict.action !== 'pass'
  return isMapped ? 'mapped' : 'passed'
}

function recordOf(event: LoggedDecision, fate: ErrorFate, unlogged: number): DecisionRecord {
  const instance = event.answer?.instance
  return {
    event: 'cutover.decision',
    fate,
    class: event.decision.class,
    shadow: event.shadow,
    ...(instance !== undefined && { instance }),
    unlogged,
    err: describeError(event.error),
  }
}
