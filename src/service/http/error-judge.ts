import type { Decision } from '../classify.ts'
import { classify } from '../classify.ts'
import { isFromGate } from '../is-from-gate.ts'
import { guarded } from '../guarded.ts'
import type { UpgradeWindow } from '../notice-state.ts'
import type { UnitContext } from '../unit-context.ts'
import { recallUnit } from '../unit-context.ts'
import type { RawAnswer } from './answer-headers.ts'
import { createAnswerWriter } from './answer-writer.ts'
import type { UpgradingOptions } from './upgrading-options.ts'
import type { RequestView } from './request-view.ts'
import { isSafe } from './request-view.ts'
import type { AnswerCode } from './upgrade-answer.ts'

/**
 * Looks at an error that a handler threw.
 * @param headersSent the handler's own answer has begun: nothing can be said any more.
 * @returns what to answer; undefined: not the cutover's affair, pass the very same error on.
 */
export type ErrorJudge = (error: unknown, request: RequestView, headersSent: boolean) => RawAnswer | undefined

/**
 * Decides for any framework: errors by which the database or the gate refused a write become "upgrading", a write
 * whose fate is unknown becomes an answer that says so, and everything else is passed on.
 */
export function createErrorJudge(options: UpgradingOptions): ErrorJudge {
  const { notices, mode = 'window' } = options
  const writer = createAnswerWriter(options)
  return (error, request, headersSent) => {
    const window = notices.window()
    // The gate has refused it: that is "upgrading" whatever the notice says by now.
    if (window === undefined && mode !== 'always' && !isFromGate(error)) return undefined
    const decision = classify(error, contextFor(error, request, options))
    const code = headersSent ? undefined : answerCode(decision, window)
    const answer = code === undefined ? undefined : writer.compose(code, window, request)
    const shadow = mode === 'shadow'
    if (!shadow) guarded(() => options.countError?.(fateOf(code, decision)))
    if (code === 'system-upgrading') options.bugs?.refused(error, decision)
    guarded(() => options.onDecision?.({ error, decision, window, answer, shadow, request }))
    return answer === undefined || shadow ? undefined : writer.write(answer, request)
  }
}

function answerCode(decision: Decision, window: UpgradeWindow | undefined): AnswerCode | undefined {
  if (decision.mayShowUpgrading) return 'system-upgrading'
  // Outside a window a lost connection is the service's daily business, and its own handler knows better.
  return decision.class === 'unknown' && window !== undefined ? 'write-outcome-unknown' : undefined
}

function fateOf(code: AnswerCode | undefined, decision: Decision): 'mapped' | 'passed' | 'unknown' {
  if (decision.class === 'unknown') return 'unknown'
  return code === undefined ? 'passed' : 'mapped'
}

function contextFor(error: unknown, request: RequestView, options: UpgradingOptions): UnitContext {
  const flavour = typeof options.flavour === 'function' ? options.flavour() : options.flavour
  const context = guarded(() => options.contextOf?.(error, request)) ??
    recallUnit(error) ?? { statementIsWrite: !isSafe(request.method) }
  return flavour === undefined ? context : { flavour, ...context }
}
