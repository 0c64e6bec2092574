import type { ErrorClass } from '../databases/error-meaning.ts'
import type { UnitContext } from './unit-context.ts'

/** One error judged in its context, before it is known where in the thrown value it stood. */
export interface Verdict {
  readonly class: ErrorClass
  readonly mayShowUpgrading: boolean
  readonly why: string
}

/**
 * The fate of a unit whose connection or statement was cut off.
 * @param sessionLives the session, and so its transaction, is still there.
 */
export function fateOfCutOff(context: UnitContext, sessionLives: boolean): ErrorClass {
  if (context.statementIsWrite === false || context.sent === false) return 'rejected'
  if (context.inTransaction !== true || context.commitSent === true) return 'unknown'
  return sessionLives ? 'statement-rejected' : 'rejected-and-rolled-back'
}
