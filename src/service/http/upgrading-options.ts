import type { Decision } from '../classify.ts'
import type { UpgradeWindow } from '../notice-state.ts'
import type { ProbableBugs } from '../probable-bugs.ts'
import type { UnitContext } from '../unit-context.ts'
import type { AnsweringOptions } from './answering-options.ts'
import type { RequestView } from './request-view.ts'
import type { UpgradeAnswer } from './upgrade-answer.ts'

/** For the half that looks at errors. What a hook throws becomes a process warning, never an answer. */
export interface UpgradingOptions extends AnsweringOptions {
  /** Product of the server. Without it, numbers that differ between MySQL and MariaDB are passed on. */
  readonly flavour?: 'mysql' | 'mariadb' | (() => 'mysql' | 'mariadb' | undefined)
  /**
   * What was going on when the error came. Default: what `rememberUnit` was told; else an autocommit write for every
   * method but GET, HEAD and OPTIONS, so that a lost connection counts as "outcome unknown".
   */
  readonly contextOf?: (error: unknown, request: RequestView) => UnitContext | undefined
  /** Called for each error that was judged. */
  readonly onDecision?: (event: DecisionEvent) => void
  /** Hears of every answered error, and tells which of them are probably bugs of the service. */
  readonly bugs?: ProbableBugs
}

/** One error that was judged: for counting and for the log. */
export interface DecisionEvent {
  readonly error: unknown
  readonly decision: Decision
  /** Undefined outside a window: mode `always`, or the gate of the pool refused. */
  readonly window: UpgradeWindow | undefined
  /** What was answered; undefined when the error was passed on. Its `instance` is what the user can report. */
  readonly answer: UpgradeAnswer | undefined
  /** True in mode `shadow`: the error was passed on whatever stands in `answer`. */
  readonly shadow: boolean
  readonly request: RequestView
}
