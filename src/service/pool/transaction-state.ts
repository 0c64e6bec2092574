import type { Unit } from '../gate/write-gate.ts'
import type { StatementTraits } from '../sql/statement-traits.ts'
import { serverStatus } from './driver.ts'
import type { Operation } from './operation.ts'

/**
 * What the transaction of one session is, as far as can be told: foretold from the text of each statement when it is
 * sent, for the next may be sent before the answer, and put right by the status that comes with each OK.
 */
export class TransactionState {
  kind: 'none' | 'open' | 'read-only' = 'none'
  autocommit = true
  /** The foretold state may be wrong: a statement of the transaction failed, or its text was not understood. */
  isUnclear = false
  /** Of the open transaction. */
  unit: Unit | undefined
  #wrote = false
  #sent = 0
  /** The last statement sent that begins or ends a transaction: what came before it says nothing about now. */
  #turnedAt = 0

  /** Nothing that another session would lack. */
  get isIdle(): boolean {
    return this.kind === 'none' && !this.isUnclear
  }

  /** Must the gate be asked before a statement is sent? Reads never ask; a running unit has been let in already. */
  needsUnit(traits: StatementTraits): boolean {
    if (this.unit !== undefined) return false
    switch (traits.transaction) {
      case 'none':
      case 'begin-read-only':
        // With autocommit off any statement begins a transaction that may write later.
        return traits.mayWrite || (!this.autocommit && this.kind === 'none')
      case 'commit':
      case 'rollback':
      case 'autocommit-on':
      case 'autocommit-off':
        return false
      case 'commit-chain':
      case 'rollback-chain':
        return this.kind !== 'read-only'
      case 'begin':
      case 'implicit-commit':
      case 'unclear':
        return true
    }
  }

  /** Foretells what `operation` does, just before it is sent, and notes in it what it is sent into. */
  send(operation: Operation): void {
    this.#sent += 1
    operation.number = this.#sent
    operation.wasInTransaction = this.kind !== 'none'
    operation.inTransaction = operation.wasInTransaction && !this.isUnclear
    const effect = operation.traits.transaction
    if (effect === 'none') return this.#sendPlain(operation)
    this.#turnedAt = this.#sent
    switch (effect) {
      case 'begin':
        this.#mayCommit(operation)
        this.#carry(operation)
        this.#wrote = false
        break
      case 'begin-read-only':
        this.#mayCommit(operation)
        this.#close(operation, 'read-only')
        break
      case 'commit':
        this.#mayCommit(operation)
        this.#close(operation)
        break
      case 'rollback':
        this.#close(operation)
        break
      case 'commit-chain':
        this.#mayCommit(operation)
        this.#chain(operation)
        break
      case 'rollback-chain':
        this.#chain(operation)
        break
      case 'implicit-commit':
        this.#mayCommit(operation)
        this.#close(operation)
        operation.wrote = true
        operation.inTransaction = false
        operation.unit?.committing()
        break
      case 'autocommit-on':
        if (!this.autocommit) {
          this.#mayCommit(operation)
          this.#close(operation)
        }
        this.autocommit = true
        break
      case 'autocommit-off':
        this.autocommit = false
        break
      case 'unclear':
        this.#carry(operation)
        this.#wrote = true
        this.isUnclear = true
        this.unit?.committing()
        Object.assign(operation, { wrote: true, commitSent: true, inTransaction: false })
    }
  }

  /** @param status what came with the OK; undefined after rows, then the foretold state stands. */
  succeed(operation: Operation, status: number | undefined): void {
    if (status !== undefined && operation.number >= this.#turnedAt) this.#correct(operation, status)
    operation.leave()
  }

  /** The server refused it, and the session lives. */
  fail(operation: Operation): void {
    const { transaction } = operation.traits
    if (transaction === 'begin' && !operation.wasInTransaction) this.forget()
    else if (operation.wasInTransaction) {
      // The end of a transaction that failed: most likely it was rolled back, but only the next OK tells.
      if (this.kind === 'none') {
        this.kind = 'open'
        this.#wrote = true
        this.unit ??= operation.unit
        if (this.unit === operation.unit) operation.unit = undefined
      }
      this.isUnclear = true
    }
    operation.leave()
  }

  /** The session is gone, and the transaction with it. */
  forget(): void {
    this.unit?.leave()
    this.unit = undefined
    this.kind = 'none'
    this.isUnclear = false
    this.#wrote = false
  }

  #sendPlain(operation: Operation): void {
    const { mayWrite } = operation.traits
    const begins = this.kind === 'none' && !this.autocommit
    if (this.kind === 'none' && !begins) {
      operation.wrote = mayWrite
      if (mayWrite) operation.unit?.committing()
      return
    }
    if (begins) operation.inTransaction = true
    if (this.kind !== 'read-only') this.#carry(operation)
    else if (operation.unit !== undefined) this.#adopt(operation)
    this.#wrote ||= mayWrite
    operation.wrote = this.#wrote
    // After a deadlock the server has left the transaction, and this statement commits by itself.
    if (this.isUnclear) this.unit?.committing()
  }

  /** What is sent next commits what the transaction has done so far. */
  #mayCommit(operation: Operation): void {
    operation.wrote = this.#wrote || this.isUnclear
    operation.commitSent = this.kind === 'open'
    if (operation.commitSent) this.unit?.committing()
  }

  #close(operation: Operation, next: 'none' | 'read-only' = 'none'): void {
    operation.unit ??= this.unit
    this.unit = undefined
    this.kind = next
    operation.wrote ||= this.#wrote
    this.#wrote = false
    this.isUnclear = false
  }

  #chain(operation: Operation): void {
    operation.wrote ||= this.#wrote
    if (this.kind !== 'read-only') this.#carry(operation)
    this.#wrote = false
  }

  #carry(operation: Operation): void {
    this.kind = 'open'
    this.#adopt(operation)
  }

  #adopt(operation: Operation): void {
    if (this.unit !== undefined) return
    this.unit = operation.unit
    operation.unit = undefined
  }

  #correct(operation: Operation, status: number): void {
    this.isUnclear = false
    this.autocommit = (status & serverStatus.autocommit) !== 0
    if ((status & serverStatus.inTransaction) === 0) return this.forget()
    if (this.kind !== 'none') return
    this.kind = (status & serverStatus.readOnly) === 0 ? 'open' : 'read-only'
    this.#wrote = operation.wrote
    this.#adopt(operation)
  }
}
