import type { Clock } from '../core/ports/clock.ts'
import { systemClock } from '../core/system-clock.ts'
import type { AnswerType } from './answer-bodies.ts'
import { answerTypes, writeBody } from './answer-bodies.ts'
import type { Decision } from './classify.ts'
import { classify } from './classify.ts'
import type { ErrorMiddleware, FrameworkRequest, FrameworkResponse } from './framework.ts'
import type { UpgradeWindow } from './notice-state.ts'
import type { NoticeWatcher } from './notice-watcher.ts'
import type { RawAnswer } from './send-answer.ts'
import { sendAnswer } from './send-answer.ts'
import type { UnitContext } from './unit-context.ts'
import { recallUnit } from './unit-context.ts'
import type { UpgradeAnswer } from './upgrade-answer.ts'
import { composeAnswer, languagesOf } from './upgrade-answer.ts'

/** One error that passed the middleware during a window: for counting and for the log. */
export interface DecisionEvent {
  readonly error: unknown
  readonly decision: Decision
  readonly window: UpgradeWindow
  /** What was answered; undefined when the error was passed on. Its `instance` is what the user can report. */
  readonly answer: UpgradeAnswer | undefined
}

export interface UpgradingOptions {
  /** Says whether this service is in a window; see `watchNotice`. */
  readonly notices: Pick<NoticeWatcher, 'window'>
  /** Product of the server. Without it, numbers that differ between MySQL and MariaDB are passed on. */
  readonly flavour?: 'mysql' | 'mariadb' | (() => 'mysql' | 'mariadb' | undefined)
  /**
   * What was going on when the error came. Default: what `rememberUnit` was told; else an autocommit write for every
   * method but GET, HEAD and OPTIONS, so that a lost connection counts as "outcome unknown".
   */
  readonly contextOf?: (error: unknown, request: FrameworkRequest) => UnitContext | undefined
  /** Own form of the answer, for front ends that expect status 200 and a code. Undefined: the negotiated form. */
  readonly format?: (answer: UpgradeAnswer, request: FrameworkRequest) => RawAnswer | undefined
  /** Called for each error during a window. What a hook throws becomes a process warning, never an answer. */
  readonly onDecision?: (event: DecisionEvent) => void
  readonly clock?: Clock
  /** Spreads the retry time; between 0 and 1. Default Math.random. */
  readonly random?: () => number
}

/**
 * Error middleware for Express 4 and 5. While a notice says that this service is being upgraded, errors by which the
 * database refused a write become a friendly 503; a write whose fate is unknown gets an answer that says so. Every
 * other error, and every error outside a window, goes to `next` untouched. Put it before the last error handler.
 */
export function upgrading(options: UpgradingOptions): ErrorMiddleware {
  // Express tells error middleware by its four parameters.
  return (error, request, response, next) => {
    const window = options.notices.window()
    if (window === undefined) return next(error)
    const decision = classify(error, contextFor(error, request, options))
    const answerable = (decision.mayShowUpgrading || decision.class === 'unknown') && !response.headersSent
    const answer = answerable ? negotiate(decision, window, request, options) : undefined
    report({ error, decision, window, answer }, options)
    if (answer === undefined) return next(error)
    respond(answer, request, response, options)
  }
}

function contextFor(error: unknown, request: FrameworkRequest, options: UpgradingOptions): UnitContext {
  const flavour = typeof options.flavour === 'function' ? options.flavour() : options.flavour
  const safe = ['GET', 'HEAD', 'OPTIONS'].includes(request.method)
  const context = options.contextOf?.(error, request) ?? recallUnit(error) ?? { statementIsWrite: !safe }
  return flavour === undefined ? context : { flavour, ...context }
}

function negotiate(
  decision: Decision,
  window: UpgradeWindow,
  request: FrameworkRequest,
  options: UpgradingOptions,
): UpgradeAnswer {
  const languages = languagesOf(window)
  const language = request.acceptsLanguages([...languages]) || (languages[0] ?? 'en')
  const nowMs = (options.clock ?? systemClock).now().getTime()
  return composeAnswer(decision, window, { language, nowMs, random: (options.random ?? Math.random)() })
}

function respond(
  answer: UpgradeAnswer,
  request: FrameworkRequest,
  response: FrameworkResponse,
  options: UpgradingOptions,
): void {
  const own = guarded(() => options.format?.(answer, request))
  if (own !== undefined) return sendAnswer(response, own)
  const type = answerTypes.find((one) => one === request.accepts([...answerTypes])) ?? answerTypes[0]
  sendAnswer(response, writeAnswer(answer, type, request.method === 'GET'))
}

function writeAnswer(answer: UpgradeAnswer, type: AnswerType, mayRefresh: boolean): RawAnswer {
  const { contentType, body } = writeBody(answer, type, mayRefresh)
  const retry = answer.retryAfter === undefined ? {} : { 'Retry-After': String(answer.retryAfter) }
  return {
    status: answer.status,
    headers: { 'Content-Type': contentType, 'Content-Language': answer.language, ...retry },
    body,
  }
}

function report(event: DecisionEvent, options: UpgradingOptions): void {
  guarded(() => options.onDecision?.(event))
}

/** A hook's own failure must neither replace the error nor the answer. */
function guarded<T>(hook: () => T): T | undefined {
  try {
    return hook()
  } catch (thrown) {
    process.emitWarning(thrown instanceof Error ? thrown : String(thrown))
    return undefined
  }
}
