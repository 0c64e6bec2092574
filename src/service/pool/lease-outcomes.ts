import { handBack } from './clean-up.ts'
import { statusOf } from './driver.ts'
import { LazyEmitter } from './lazy-emitter.ts'
import * as verdicts from './lease-verdicts.ts'
import type { Operation } from './operation.ts'
import { OperationQueue } from './operation-queue.ts'
import type { PoolCore } from './pool-core.ts'
import { rememberError } from './remember-error.ts'
import { connectionClosed, connectionLost, sessionEnded } from './session-ended.ts'
import type { Session } from './session.ts'
import { SessionSettings } from './session-settings.ts'
import { tell, tellEnded, tellUnsent } from './tell-operation.ts'
import { TransactionState } from './transaction-state.ts'

/**
 * What becomes of the commands of a lease, and of its session, once they were sent: success, failure, a second try, the
 * loss of the session, its return. What fails is remembered with its unit.
 */
export abstract class LeaseOutcomes extends LazyEmitter {
  protected readonly core: PoolCore
  protected session: Session | undefined
  /** What every further command is answered. */
  protected broken: Error | undefined
  protected isReleased = false
  protected readonly transactionState = new TransactionState()
  protected readonly settings = new SessionSettings()
  /** Sent, and not answered yet. */
  protected readonly outstanding = new OperationQueue()
  /** Not sent yet: the first waits for something, the others for it. */
  protected readonly backlog = new OperationQueue()
  /** The backlog is being worked off; what comes meanwhile has its turn then. */
  protected isResuming = false
  wantsSession = false
  readonly #isSingle: boolean

  /** @param isSingle it is for one statement of the pool, and goes back after it. */
  constructor(core: PoolCore, isSingle: boolean) {
    super()
    this.core = core
    this.#isSingle = isSingle
  }

  /** The session ended by itself, or with an error that belongs to no command. */
  onSessionEnd(error: Error): void {
    const had = this.outstanding.drain()
    this.#loseSession(had.length === 1 ? had[0] : undefined)
    for (const operation of had) this.settle(operation, error)
    if (had.length === 0 && this.broken !== undefined) tellEnded(this, error)
  }

  /** Sends a statement once more; it was a read, or definitely did nothing. */
  protected abstract repeat(operation: Operation): void

  /** Goes on with what waits. */
  protected abstract goOn(): void

  /** Nothing is under way, and nothing waits. */
  protected get isAtRest(): boolean {
    return this.outstanding.isEmpty && this.backlog.isEmpty
  }

  protected settle(operation: Operation, error: Error | null, result?: unknown, fields?: unknown): void {
    if (operation.isSettled) return
    operation.isSettled = true
    this.outstanding.remove(operation)
    if (error !== null) {
      if (this.#settleFailure(operation, error)) return
    } else {
      this.transactionState.succeed(operation, operation.status ?? statusOf(result))
      this.settings.succeed(operation)
    }
    if (this.outstanding.isEmpty && this.backlog.first?.isMoving === true) this.goOn()
    this.finishIfIdle()
    tell(operation, error, result, fields, this.isResuming)
  }

  /** Closes the session under whatever runs on it. */
  protected shut(error: Error): void {
    const { session } = this
    const had = this.outstanding.drain()
    const waited = this.backlog.drain()
    this.broken ??= error
    this.wantsSession = false
    this.session = undefined
    this.transactionState.forget()
    if (session !== undefined) session.source.drop(session)
    for (const operation of had) this.settle(operation, verdicts.closedUnder(operation, error))
    for (const operation of waited) this.fail(operation, error)
  }

  /** Answers an operation that was never sent. */
  protected fail(operation: Operation, error: Error): true {
    this.backlog.remove(operation)
    operation.leave()
    process.nextTick(tellUnsent, operation, error)
    return true
  }

  protected finishIfIdle(): void {
    if (!this.isReleased || !this.isAtRest) return
    const { session } = this
    this.session = undefined
    if (session === undefined) this.transactionState.forget()
    else handBack(session, this.transactionState)
  }

  /** True: it is going to be tried once more, and nobody is told. */
  #settleFailure(operation: Operation, error: Error): boolean {
    const ended = sessionEnded(error)
    const { session } = this
    if (verdicts.isTimeout(error)) {
      // The server goes on executing: the connection is of no use, and what it does must not be waited for.
      rememberError(error, operation, this.core)
      operation.unit?.leave()
      this.shut(connectionClosed())
      return false
    }
    if (ended === undefined) this.transactionState.fail(operation)
    else if (this.#loseUnder(operation, ended)) return true
    rememberError(error, operation, this.core)
    if (session !== undefined && verdicts.refusesRight(error)) session.isStale = true
    // As the driver's pool does it for its own statements.
    if (this.#isSingle && verdicts.refusesAllWrites(error)) {
      this.session = undefined
      session?.source.drop(session)
    }
    return false
  }

  /** True: the operation is sent once more, on another session. */
  #loseUnder(operation: Operation, ended: 'unsent' | 'lost'): boolean {
    const { session } = this
    const others = this.outstanding.drain()
    this.#loseSession(others.length === 0 ? operation : undefined)
    if (session !== undefined) session.source.drop(session)
    // The driver says nothing of them any more: the connection was closed by this side.
    for (const other of others) this.settle(other, connectionLost('it ended under a statement before.'))
    operation.leave()
    if (this.broken !== undefined || !verdicts.mayTryAgain(operation, ended, others.length === 0))
      return false
    this.repeat(operation)
    return true
  }

  /**
   * The session has ended; a transaction or state that was on it is gone for good.
   * @param alone all that was under way on it.
   */
  #loseSession(alone: Operation | undefined): void {
    // A transaction that was only begun by this very statement is not missed.
    const isMissed = alone === undefined ? !this.transactionState.isIdle : alone.wasInTransaction
    if (isMissed || !this.settings.isMovable) this.broken ??= connectionClosed()
    this.session = undefined
    this.transactionState.forget()
  }
}
