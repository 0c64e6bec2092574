import type { StatementTraits } from '../sql/statement-traits.ts'
import type { Callback, Command, PreparedStatement, RawConnection } from './driver.ts'
import { methods } from './driver.ts'
import { hasRawValue } from './has-raw-value.ts'
import { leasedStatement } from './leased-statement.ts'
import { LeaseFlow } from './lease-flow.ts'
import type { Operation } from './operation.ts'
import { promiseLease } from './promise-lease.ts'
import { connectionClosed, connectionLost } from './session-ended.ts'
import { isCommand, textOf, type Given } from './given-statement.ts'

const nothing: StatementTraits = { mayWrite: false, transaction: 'none', leavesState: false, several: false }
const reset: StatementTraits = { ...nothing, transaction: 'rollback' }
const anotherUser: StatementTraits = { ...reset, leavesState: true }
const anything: StatementTraits = { mayWrite: true, transaction: 'unclear', leavesState: true, several: true }

/**
 * What `getConnection` gives: the driver's connection with callbacks, by its own methods. They make their commands as
 * ever and hand them to `addCommand`, which is this one's.
 */
export class Lease extends LeaseFlow {
  /** The operation that the next command belongs to. */
  #planned: Operation | undefined
  #isExecute = false
  #attempt = 0

  query(sql: unknown, values?: unknown, callback?: unknown): unknown {
    const operation = this.#planStatement(sql, values, callback)
    const given = typeof values === 'function' ? undefined : values
    try {
      return methods.query.call(this, sql, given, operation.hook)
    } finally {
      this.#planned = undefined
    }
  }

  execute(sql: unknown, values?: unknown, callback?: unknown): unknown {
    const operation = this.#planStatement(sql, values, callback)
    operation.isExecute = true
    const given = typeof values === 'function' ? undefined : values
    this.#isExecute = true
    try {
      return methods.execute.call(this, sql, given, operation.hook)
    } finally {
      this.#isExecute = false
      this.#planned = undefined
    }
  }

  prepare(options: unknown, callback?: Callback): unknown {
    const send = (hook: Callback): unknown => methods.prepare.call(this, options, hook)
    return this.#plain(
      nothing,
      (error, statement) => {
        if (error) callback?.(error)
        else callback?.(null, leasedStatement(this, options, statement as PreparedStatement))
      },
      send,
    )
  }

  unprepare(sql: unknown): unknown {
    return this.session === undefined ? undefined : this.session.connection.unprepare(sql as string)
  }

  beginTransaction(callback?: Callback): unknown {
    return methods.beginTransaction.call(this, callback)
  }

  commit(callback?: Callback): unknown {
    return methods.commit.call(this, callback)
  }

  rollback(callback?: Callback): unknown {
    return methods.rollback.call(this, callback)
  }

  ping(callback?: Callback): unknown {
    return this.#plain(nothing, callback, (hook) => methods.ping.call(this, hook))
  }

  reset(callback?: Callback): unknown {
    const done: Callback = (error) => {
      if (!error) this.settings.clear()
      callback?.(error)
    }
    return this.#plain(reset, done, (hook) => methods.reset.call(this, hook))
  }

  changeUser(options: unknown, callback?: Callback): unknown {
    const done = typeof options === 'function' ? (options as Callback) : callback
    const given = typeof options === 'function' ? {} : options
    return this.#plain(anotherUser, done, (hook) => methods.changeUser.call(this, given, hook))
  }

  connect(callback?: Callback): void {
    if (callback !== undefined) this.ping((error) => (error ? callback(error) : callback(null, this)))
  }

  /** All that the driver's own methods, run on this lease, send. */
  addCommand(command: Command): Command {
    const planned = this.#planned
    if (planned !== undefined && this.#isExecute && planned.prepare === undefined) {
      planned.prepare = command
      return command
    }
    this.#planned = undefined
    return this.submit(planned ?? this.#adopt(command), command)
  }

  release(): void {
    if (!this.isReleased) this.finish()
  }

  end(...given: unknown[]): void {
    const callback = given.findLast((each) => typeof each === 'function')
    this.release()
    callback?.()
  }

  destroy(): void {
    this.isReleased = true
    this.shut(connectionLost('it was destroyed.'))
  }

  close(): void {
    this.destroy()
  }

  pause(): void {
    this.session?.connection.pause()
  }

  resume(): void {
    this.session?.connection.resume()
  }

  format(sql: unknown, values?: unknown, named?: unknown): unknown {
    return methods.format.call(this, sql, values, named)
  }

  escape(value: unknown): unknown {
    return methods.escape.call(this, value)
  }

  escapeId(value: unknown): unknown {
    return methods.escapeId.call(this, value)
  }

  _resolveNamedPlaceholders(options: unknown): unknown {
    return methods._resolveNamedPlaceholders.call(this, options)
  }

  promise(promises?: PromiseConstructor): unknown {
    return promiseLease(this, promises)
  }

  [Symbol.dispose](): void {
    this.release()
  }

  get config(): unknown {
    return this.session?.connection.config ?? this.core.current.source.connectionConfig
  }

  /** The number of the session; undefined until the first statement. */
  get threadId(): number | undefined {
    return this.session?.connection.threadId
  }

  get authorized(): boolean {
    return this.broken === undefined
  }

  get state(): string {
    if (this.broken !== undefined) return 'error'
    return this.isReleased ? 'disconnected' : 'authenticated'
  }

  // By these some libraries see whether a connection is still of use.
  get _closing(): boolean {
    return this.isReleased || this.broken !== undefined
  }

  get _fatalError(): Error | null {
    return this.broken ?? null
  }

  get _protocolError(): Error | null {
    return null
  }

  get stream(): RawConnection['stream'] {
    return this.session?.connection.stream ?? { destroyed: this._closing, destroy: () => this.destroy() }
  }

  protected repeat(operation: Operation): void {
    this.#attempt = operation.attempt + 1
    if (operation.isExecute) this.execute(operation.sql, operation.values, operation.callback)
    else this.query(operation.sql, operation.values, operation.callback)
  }

  #planStatement(sql: unknown, values: unknown, callback: unknown): Operation {
    const own = typeof values === 'function' ? values : callback
    if (isCommand(sql)) return this.#planCommand(sql)
    const text = typeof sql === 'string' ? sql : textOf(sql)
    const inner = typeof sql === 'string' ? values : (values ?? (sql as Given | null)?.values)
    const traits = this.core.describe(hasRawValue(inner) ? String(this.format(text, inner)) : text)
    const operation = this.plan(traits, typeof own === 'function' ? (own as Callback) : undefined)
    operation.sql = sql
    operation.values = typeof values === 'function' ? undefined : values
    operation.attempt = this.#attempt
    this.#attempt = 0
    this.#planned = operation
    return operation
  }

  /** A command that the caller has made, with a callback of its own. */
  #planCommand(command: Command): Operation {
    const operation = this.plan(this.core.describe(command.sql ?? ''), command.onResult)
    if (operation.hook !== undefined) command.onResult = operation.hook
    this.#planned = operation
    return operation
  }

  #plain(
    traits: StatementTraits,
    callback: Callback | undefined,
    send: (hook: Callback) => unknown,
  ): unknown {
    const operation = this.plan(traits, callback ?? (() => undefined))
    this.#planned = operation
    return send(operation.hook ?? connectionClosed)
  }

  /** A command of a kind that is not known here. */
  #adopt(command: Command): Operation {
    const own = command.onResult
    const operation = this.plan(anything, own)
    if (own !== undefined) command.onResult = operation.hook
    return operation
  }
}
