import type { Unit } from '../gate/write-gate.ts'
import type { StatementTraits } from '../sql/statement-traits.ts'
import type { UnitContext } from '../unit-context.ts'
import type { Callback, Command } from './driver.ts'

/** One command of a lease: a statement, or one of the few others a connection knows. */
export class Operation {
  readonly traits: StatementTraits
  /** Undefined: who sent it listens to the command's events. */
  readonly callback: Callback | undefined
  /** What the driver is given instead of `callback`. */
  hook: Callback | undefined
  command: Command | undefined
  /** The one behind it in its queue. */
  next: Operation | undefined
  /** `execute` sends this first, on the same connection. */
  prepare: Command | undefined
  /** What the caller gave, for it to be sent once more; undefined: it cannot be. */
  sql: unknown
  values: unknown
  isExecute = false
  /** How many times it was sent before. */
  attempt = 0
  /** It waits for what runs on the session of the datasource that was left. */
  isMoving = false
  /** Its own: of an autocommit write, or of the transaction that ends with it. */
  unit: Unit | undefined
  /** The state of the transaction when it was sent, and what it was sent into; see `TransactionState.send`. */
  number = 0
  wasInTransaction = false
  inTransaction = false
  commitSent = false
  /** It, or its transaction so far, may have changed something. */
  wrote = false
  isSettled = false
  /** An error event that its `end` is going to follow. */
  failure: Error | undefined
  /** From the OK that came as an event. */
  status: number | undefined

  constructor(traits: StatementTraits, callback: Callback | undefined) {
    this.traits = traits
    this.callback = callback
  }

  /** What the server has done before it refused the rest stands: a routine's statements, or an implicit COMMIT. */
  get #isSeveral(): boolean {
    const { several, transaction } = this.traits
    if (several || transaction === 'unclear') return true
    return transaction === 'implicit-commit' && this.wasInTransaction
  }

  /** Its own unit, if it has one, is over. */
  leave(): void {
    this.unit?.leave()
    this.unit = undefined
  }

  context(flavour: 'mysql' | 'mariadb' | undefined): UnitContext {
    return {
      inTransaction: this.inTransaction,
      commitSent: this.commitSent,
      statementIsWrite: this.wrote,
      multiStatement: this.#isSeveral,
      ...(flavour === undefined ? {} : { flavour }),
    }
  }
}
