import type { StatementTraits } from '../sql/statement-traits.ts'
import type { Callback, Command } from './driver.ts'
import { serverStatus, statusOf } from './driver.ts'
import type { Given } from './given-statement.ts'
import { isCommand, textOf } from './given-statement.ts'
import { hasRawValue } from './has-raw-value.ts'
import { Lease } from './lease.ts'
import { Operation } from './operation.ts'
import type { PoolCore } from './pool-core.ts'
import { prepareSession } from './prepare-session.ts'
import type { Session, SessionHolder } from './session.ts'
import { tell } from './tell-operation.ts'

/** What a pool is asked. */
export interface DirectRequest {
  readonly sql: unknown
  readonly values: unknown
  /** No function: who asks listens to events. */
  readonly callback: unknown
  readonly isExecute: boolean
}

/**
 * Sends a statement of the pool's to a session that is free, without a lease, when nothing stands in the way: it begins
 * and ends no transaction, and the gate is open if it writes. Undefined: it has not been sent, and needs a lease.
 */
export function sendDirectly(core: PoolCore, request: DirectRequest): Command | undefined {
  const { sql, callback, isExecute } = request
  const values = typeof request.values === 'function' ? undefined : request.values
  if (typeof callback !== 'function' || isCommand(sql)) return undefined
  const isText = typeof sql === 'string'
  if (hasRawValue(isText ? values : (values ?? (sql as Given | null)?.values))) return undefined
  const traits = core.describe(isText ? sql : textOf(sql))
  if (traits.transaction !== 'none') return undefined
  const statement = new DirectStatement(core, traits, callback as Callback)
  const { operation } = statement
  operation.sql = sql
  operation.values = values
  operation.isExecute = isExecute
  return statement.send()
}

/** The driver's own forms of these say less than what they take. */
interface Sends {
  query(sql: unknown, values: unknown, callback: Callback): Command
  execute(sql: unknown, values: unknown, callback: Callback): Command
}

/** One statement on a session of its own. Whatever is out of the ordinary, the lease does that it becomes then. */
class DirectStatement implements SessionHolder {
  readonly wantsSession = false
  readonly operation: Operation
  readonly #core: PoolCore
  #session: Session | undefined
  #isSending = false

  constructor(core: PoolCore, traits: StatementTraits, callback: Callback) {
    this.#core = core
    this.operation = new Operation(traits, callback)
  }

  send(): Command | undefined {
    const { operation } = this
    const { mayWrite } = operation.traits
    if (mayWrite) {
      // No way to end it early: it commits by itself.
      operation.unit = this.#core.gate.tryEnter()
      if (operation.unit === undefined) return undefined
      operation.unit.committing()
      operation.wrote = true
    }
    const session = this.#core.current.source.takeFree(this, mayWrite)
    if (session === undefined) {
      operation.leave()
      return undefined
    }
    this.#session = session
    prepareSession(session, this.#core, noSettings, true)
    this.#isSending = true
    try {
      operation.command = this.#sendOn(session)
    } catch (error) {
      this.#finish(session) // the driver does not take the values: nothing was sent
      throw error
    } finally {
      this.#isSending = false
    }
    return operation.command
  }

  onSession(): void {}

  onNoSession(): void {}

  onMove(): void {}

  letGo(): boolean {
    return false
  }

  onSessionEnd(error: Error): void {
    if (this.#session !== undefined) this.#giveToLease(this.#session).onSessionEnd(error)
  }

  #sendOn(session: Session): Command {
    const connection = session.connection as unknown as Sends
    const { sql, values, isExecute } = this.operation
    const answered: Callback = (error, result, fields) => this.#answered(error, result, fields)
    return isExecute ? connection.execute(sql, values, answered) : connection.query(sql, values, answered)
  }

  #answered(error: Error | null | undefined, result: unknown, fields: unknown): void {
    const { operation } = this
    const session = this.#session
    if (session === undefined) operation.hook?.(error, result, fields)
    else if (this.#isSending) process.nextTick(() => this.#answered(error, result, fields))
    else if (error || !leavesNothing(statusOf(result))) {
      this.#giveToLease(session)
      operation.hook?.(error, result, fields)
    } else {
      this.#finish(session)
      tell(operation, null, result, fields, false)
    }
  }

  #finish(session: Session): void {
    this.#session = undefined
    this.operation.isSettled = true
    this.operation.leave()
    session.source.give(session)
  }

  /** From now on the operation's hook is the lease's. */
  #giveToLease(session: Session): Lease {
    this.#session = undefined
    const lease = new Lease(this.#core, true)
    lease.takeOver(this.operation, session)
    return lease
  }
}

const noSettings: readonly string[] = []

/** No transaction, and autocommit as the next one expects it; rows bring no status, and begin nothing. */
function leavesNothing(status: number | undefined): boolean {
  if (status === undefined) return true
  return (status & (serverStatus.inTransaction | serverStatus.autocommit)) === serverStatus.autocommit
}
