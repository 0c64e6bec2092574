import type { Unit } from '../gate/write-gate.ts'
import type { StatementTraits } from '../sql/statement-traits.ts'
import { rememberUnit } from '../unit-context.ts'
import { askGate } from './ask-gate.ts'
import { handBack } from './clean-up.ts'
import { statusOf, type Callback, type Command } from './driver.ts'
import { LazyEmitter } from './lazy-emitter.ts'
import { Operation } from './operation.ts'
import { OperationQueue } from './operation-queue.ts'
import type { PoolCore } from './pool-core.ts'
import { prepareSession } from './prepare-session.ts'
import { rememberError } from './remember-error.ts'
import * as verdicts from './lease-verdicts.ts'
import { connectionClosed, connectionLost, sessionEnded } from './session-ended.ts'
import { listenTo, tell, tellEnded, tellUnsent } from './tell-operation.ts'
import type { Session, SessionHolder } from './session.ts'
import { SessionSettings } from './session-settings.ts'
import { TransactionState } from './transaction-state.ts'

/**
 * The way of commands to a session. The session is taken at the first command; each command waits for those before it,
 * for the gate where it begins to write, and for a connection; what fails is remembered with its unit.
 */
export abstract class LeaseFlow extends LazyEmitter implements SessionHolder {
  protected readonly core: PoolCore
  protected session: Session | undefined
  /** What every further command is answered. */
  protected broken: Error | undefined
  protected isReleased = false
  readonly #state = new TransactionState()
  protected readonly settings = new SessionSettings()
  /** Sent, and not answered yet. */
  readonly #outstanding = new OperationQueue()
  /** Not sent yet: the first waits for something, the others for it. */
  readonly #backlog = new OperationQueue()
  /** The backlog is being worked off; what comes meanwhile has its turn then. */
  #isResuming = false
  wantsSession = false
  #endEarly: ((reason: Error) => void) | undefined
  readonly #isSingle: boolean

  /** @param isSingle it is for one statement of the pool, and goes back after it. */
  constructor(core: PoolCore, isSingle: boolean) {
    super()
    this.core = core
    this.#isSingle = isSingle
  }

  onSession(session: Session): void {
    this.#begin(session)
    this.#resume()
  }

  onNoSession(error: Error): void {
    this.wantsSession = false
    // Whatever it was that failed to connect, the statement was not sent.
    if (!this.#backlog.isEmpty) rememberUnit(error, { statementIsWrite: false })
    this.#reject(error)
  }

  onMove(): void {
    this.wantsSession = false
    this.#resume()
  }

  onSessionEnd(error: Error): void {
    const had = this.#outstanding.drain()
    this.#loseSession(had.length === 1 ? had[0] : undefined)
    for (const operation of had) this.#settle(operation, error)
    if (had.length === 0 && this.broken !== undefined) tellEnded(this, error)
  }

  /** Goes on with a statement that was sent on `session` without a lease. */
  takeOver(operation: Operation, session: Session): void {
    this.isReleased = true
    this.session = session
    if (session.isOut) session.holder = this
    this.#follow(operation)
    this.#state.send(operation)
    this.#outstanding.push(operation)
  }

  letGo(): boolean {
    const { session } = this
    if (session === undefined || !this.#state.isIdle || !this.#isAtRest) return false
    if (!this.settings.isMovable || this.settings.hasJustWritten) return false
    this.session = undefined
    session.source.give(session)
    return true
  }

  /** Sends a statement once more; it was a read, or definitely did nothing. */
  protected abstract repeat(operation: Operation): void

  /** Makes an operation whose outcome comes back here. */
  protected plan(traits: StatementTraits, callback: Callback | undefined): Operation {
    const operation = new Operation(traits, callback)
    if (callback !== undefined) this.#follow(operation)
    return operation
  }

  #follow(operation: Operation): void {
    operation.hook = (error, result, fields) => this.#settle(operation, error ?? null, result, fields)
  }

  /** Sends a command, or lets it wait. */
  protected submit(operation: Operation, command: Command): Command {
    operation.command = command
    if (operation.hook === undefined)
      listenTo(operation, this.core, (error) => this.#settle(operation, error))
    if (this.isReleased && operation.attempt === 0) this.#fail(operation, connectionClosed())
    else if (this.#backlog.push(operation)) this.#resume()
    return command
  }

  /** Gives the session back as soon as everything that was asked for has ended. */
  protected finish(): void {
    this.isReleased = true
    this.#finishIfIdle()
  }

  /** Closes the session under whatever runs on it. */
  protected shut(error: Error): void {
    const { session } = this
    const had = this.#outstanding.drain()
    const waited = this.#backlog.drain()
    this.broken ??= error
    this.wantsSession = false
    this.session = undefined
    this.#state.forget()
    if (session !== undefined) session.source.drop(session)
    for (const operation of had) this.#settle(operation, verdicts.closedUnder(operation, error))
    for (const operation of waited) this.#fail(operation, error)
  }

  /** Nothing is under way, and nothing waits. */
  get #isAtRest(): boolean {
    return this.#outstanding.isEmpty && this.#backlog.isEmpty
  }

  /** For `late: end`: the gate is given it with each unit. Most leases only read, and never make it. */
  get #end(): (reason: Error) => void {
    return (this.#endEarly ??= (reason) => this.shut(reason))
  }

  /** False: it waits now, and goes on when what it waits for has come. */
  #admit(operation: Operation): boolean {
    if (this.broken !== undefined) return this.#fail(operation, this.broken)
    if (operation.unit === undefined && this.#state.needsUnit(operation.traits)) {
      operation.unit = this.core.gate.tryEnter(this.#end)
      if (operation.unit === undefined) return this.#hold(operation)
    }
    const { session } = this
    const { source } = this.core.current
    if (session === undefined) return this.#takeSession(operation)
    if (session.source !== source && this.#state.isIdle && !this.settings.keeps(operation)) {
      if (!this.settings.isMovable) {
        this.shut(verdicts.stranded())
        return true
      }
      operation.isMoving = !this.#outstanding.isEmpty
      if (operation.isMoving) return false
      this.session = undefined
      session.source.give(session)
      return this.#admit(operation)
    }
    return this.#send(operation, session)
  }

  #takeSession(operation: Operation): boolean {
    const { source } = this.core.current
    const forWrite = operation.unit !== undefined
    const free = source.takeFree(this, forWrite)
    if (free !== undefined) this.#begin(free)
    else source.take(this, forWrite)
    this.wantsSession = free === undefined
    return free !== undefined && this.#send(operation, free)
  }

  #begin(session: Session): void {
    this.wantsSession = false
    this.session = session
    prepareSession(session, this.core, this.settings.texts, this.#state.autocommit)
  }

  #send(operation: Operation, session: Session): true {
    const { command, prepare } = operation
    this.#backlog.remove(operation)
    if (command === undefined) return true
    this.#state.send(operation)
    if (!operation.traits.leavesState && this.settings.texts.length > 0) this.settings.passOnce()
    this.#outstanding.push(operation)
    if (prepare !== undefined) session.connection.addCommand(prepare)
    session.connection.addCommand(command)
    return true
  }

  #hold(operation: Operation): false {
    askGate(this.core, operation, this.#end).then(
      (unit) => this.#letIn(operation, unit),
      (error: Error) => this.#reject(error, operation),
    )
    return false
  }

  #letIn(operation: Operation, unit: Unit): void {
    // Its lease may have been destroyed meanwhile.
    if (this.#backlog.first !== operation) return unit.leave()
    operation.unit = unit
    this.#resume()
  }

  #resume(): void {
    if (this.#isResuming) return
    this.#isResuming = true
    let { first } = this.#backlog
    // While it is sent, the session may end, and what waits be answered.
    while (first !== undefined && this.#admit(first)) first = this.#backlog.first
    this.#isResuming = false
    if (first === undefined) this.#finishIfIdle()
  }

  /** What waited first does not run; neither does what was to be in its transaction. */
  #reject(error: Error, first = this.#backlog.first): void {
    if (first === undefined || this.#backlog.first !== first) return
    this.#fail(first, error)
    if (first.traits.transaction !== 'none') {
      for (const operation of this.#backlog.drain()) this.#fail(operation, error)
    }
    this.#resume()
  }

  /** Answers an operation that was never sent. */
  #fail(operation: Operation, error: Error): true {
    this.#backlog.remove(operation)
    operation.leave()
    process.nextTick(tellUnsent, operation, error)
    return true
  }

  #settle(operation: Operation, error: Error | null, result?: unknown, fields?: unknown): void {
    if (operation.isSettled) return
    operation.isSettled = true
    this.#outstanding.remove(operation)
    if (error !== null) {
      if (this.#settleFailure(operation, error)) return
    } else {
      this.#state.succeed(operation, operation.status ?? statusOf(result))
      this.settings.succeed(operation)
    }
    if (this.#outstanding.isEmpty && this.#backlog.first?.isMoving === true) this.#resume()
    this.#finishIfIdle()
    tell(operation, error, result, fields, this.#isResuming)
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
    if (ended === undefined) this.#state.fail(operation)
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
    const others = this.#outstanding.drain()
    this.#loseSession(others.length === 0 ? operation : undefined)
    if (session !== undefined) session.source.drop(session)
    // The driver says nothing of them any more: the connection was closed by this side.
    for (const other of others) this.#settle(other, connectionLost('it ended under a statement before.'))
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
    const isMissed = alone === undefined ? !this.#state.isIdle : alone.wasInTransaction
    if (isMissed || !this.settings.isMovable) this.broken ??= connectionClosed()
    this.session = undefined
    this.#state.forget()
  }

  #finishIfIdle(): void {
    if (!this.isReleased || !this.#isAtRest) return
    const { session } = this
    this.session = undefined
    if (session === undefined) this.#state.forget()
    else handBack(session, this.#state)
  }
}
