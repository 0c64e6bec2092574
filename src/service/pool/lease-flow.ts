import type { Unit } from '../gate/write-gate.ts'
import type { StatementTraits } from '../sql/statement-traits.ts'
import { rememberUnit } from '../unit-context.ts'
import { askGate } from './ask-gate.ts'
import type { Callback, Command } from './driver.ts'
import { LeaseOutcomes } from './lease-outcomes.ts'
import * as verdicts from './lease-verdicts.ts'
import { Operation } from './operation.ts'
import { prepareSession } from './prepare-session.ts'
import { connectionClosed } from './session-ended.ts'
import type { Session, SessionHolder } from './session.ts'
import { listenTo } from './tell-operation.ts'

/**
 * The way of commands to a session. The session is taken at the first command; each command waits for those before it,
 * for the gate where it begins to write, and for a connection.
 */
export abstract class LeaseFlow extends LeaseOutcomes implements SessionHolder {
  #endEarly: ((reason: Error) => void) | undefined

  onSession(session: Session): void {
    this.#begin(session)
    this.goOn()
  }

  onNoSession(error: Error): void {
    this.wantsSession = false
    // Whatever it was that failed to connect, the statement was not sent.
    if (!this.backlog.isEmpty) rememberUnit(error, { statementIsWrite: false })
    this.#reject(error)
  }

  onMove(): void {
    this.wantsSession = false
    this.goOn()
  }

  /** Goes on with a statement that was sent on `session` without a lease. */
  takeOver(operation: Operation, session: Session): void {
    this.isReleased = true
    this.session = session
    if (session.isOut) session.holder = this
    this.#follow(operation)
    this.transactionState.send(operation)
    this.outstanding.push(operation)
  }

  letGo(): boolean {
    const { session } = this
    if (session === undefined || !this.transactionState.isIdle || !this.isAtRest) return false
    if (!this.settings.isMovable || this.settings.hasJustWritten) return false
    this.session = undefined
    session.source.give(session)
    return true
  }

  /** Makes an operation whose outcome comes back here. */
  protected plan(traits: StatementTraits, callback: Callback | undefined): Operation {
    const operation = new Operation(traits, callback)
    if (callback !== undefined) this.#follow(operation)
    return operation
  }

  /** Sends a command, or lets it wait. */
  protected submit(operation: Operation, command: Command): Command {
    operation.command = command
    if (operation.hook === undefined) listenTo(operation, this.core, (error) => this.settle(operation, error))
    if (this.isReleased && operation.attempt === 0) this.fail(operation, connectionClosed())
    else if (this.backlog.push(operation)) this.goOn()
    return command
  }

  /** Gives the session back as soon as everything that was asked for has ended. */
  protected finish(): void {
    this.isReleased = true
    this.finishIfIdle()
  }

  protected goOn(): void {
    if (this.isResuming) return
    this.isResuming = true
    let { first } = this.backlog
    // While it is sent, the session may end, and what waits be answered.
    while (first !== undefined && this.#admit(first)) first = this.backlog.first
    this.isResuming = false
    if (first === undefined) this.finishIfIdle()
  }

  #follow(operation: Operation): void {
    operation.hook = (error, result, fields) => this.settle(operation, error ?? null, result, fields)
  }

  /** For `late: end`: the gate is given it with each unit. Most leases only read, and never make it. */
  get #end(): (reason: Error) => void {
    return (this.#endEarly ??= (reason) => this.shut(reason))
  }

  /** False: it waits now, and goes on when what it waits for has come. */
  #admit(operation: Operation): boolean {
    if (this.broken !== undefined) return this.fail(operation, this.broken)
    if (operation.unit === undefined && this.transactionState.needsUnit(operation.traits)) {
      operation.unit = this.core.gate.tryEnter(this.#end)
      if (operation.unit === undefined) return this.#hold(operation)
    }
    const { session } = this
    const { source } = this.core.current
    if (session === undefined) return this.#takeSession(operation)
    if (session.source !== source && this.transactionState.isIdle && !this.settings.keeps(operation)) {
      if (!this.settings.isMovable) {
        this.shut(verdicts.stranded())
        return true
      }
      operation.isMoving = !this.outstanding.isEmpty
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
    prepareSession(session, this.core, this.settings.texts, this.transactionState.autocommit)
  }

  #send(operation: Operation, session: Session): true {
    const { command, prepare } = operation
    this.backlog.remove(operation)
    if (command === undefined) return true
    this.transactionState.send(operation)
    if (!operation.traits.leavesState && this.settings.texts.length > 0) this.settings.passOnce()
    this.outstanding.push(operation)
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
    if (this.backlog.first !== operation) return unit.leave()
    operation.unit = unit
    this.goOn()
  }

  /** What waited first does not run; neither does what was to be in its transaction. */
  #reject(error: Error, first = this.backlog.first): void {
    if (first === undefined || this.backlog.first !== first) return
    this.fail(first, error)
    if (first.traits.transaction !== 'none') {
      for (const operation of this.backlog.drain()) this.fail(operation, error)
    }
    this.goOn()
  }
}
