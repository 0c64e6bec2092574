import { EventEmitter } from 'node:events'
import type { WriteGate } from '../gate/write-gate.ts'
import type { StatementTraits } from '../sql/statement-traits.ts'
import { sendDirectly } from './direct-statement.ts'
import type { Generation, Swappable } from './generation.ts'
import { Lease } from './lease.ts'
import type { Asker, PoolCore } from './pool-core.ts'
import { PoolEvents } from './pool-events.ts'

export interface CallbackPoolOptions {
  readonly generation: Generation
  readonly gate: WriteGate
  readonly describe: (sql: string) => StatementTraits
  readonly askerOf: (() => Asker | undefined) | undefined
  readonly endGraceMs: number
}

/** The driver's pool with callbacks, over one generation after the other. */
export class CallbackPool extends EventEmitter implements PoolCore, Swappable {
  current: Generation
  readonly gate: WriteGate
  readonly describe: (sql: string) => StatementTraits
  readonly askerOf: (() => Asker | undefined) | undefined
  /** As the driver's promise form asks. */
  _closed = false
  readonly #endGraceMs: number
  readonly #events: PoolEvents
  readonly #leaving = new Set<Promise<void>>()
  #ended: Promise<void> | undefined
  #promised: unknown

  constructor(options: CallbackPoolOptions) {
    super()
    this.current = options.generation
    this.gate = options.gate
    this.describe = options.describe
    this.askerOf = options.askerOf
    this.#endGraceMs = options.endGraceMs
    this.#events = new PoolEvents(this, this.current.pool)
  }

  query(sql: unknown, values?: unknown, callback?: unknown): unknown {
    const done = typeof values === 'function' ? values : callback
    const sent = sendDirectly(this, { sql, values, callback: done, isExecute: false })
    if (sent !== undefined) return sent
    const lease = new Lease(this, true)
    const command = lease.query(sql, values, callback)
    lease.release()
    return command
  }

  execute(sql: unknown, values?: unknown, callback?: unknown): void {
    const done = typeof values === 'function' ? values : callback
    try {
      const sent = sendDirectly(this, { sql, values, callback: done, isExecute: true })
      if (sent === undefined) this.#executeOnLease(sql, values, callback)
    } catch (error) {
      // The driver's pool gives what is wrong with the values to the callback, its connections throw it.
      if (typeof done !== 'function') throw error
      process.nextTick(done, error)
    }
  }

  #executeOnLease(sql: unknown, values: unknown, callback: unknown): void {
    const lease = new Lease(this, true)
    try {
      lease.execute(sql, values, callback)
    } finally {
      lease.release()
    }
  }

  getConnection(callback: (error: Error | null, connection?: Lease) => void): void {
    if (this._closed) process.nextTick(callback, new Error('Pool is closed.'))
    else process.nextTick(callback, null, new Lease(this, false))
  }

  /** See `GatedPool.createConnection`. */
  createConnection(): Lease {
    const lease = new Lease(this, false)
    process.nextTick(() => lease.emit('connect'))
    return lease
  }

  releaseConnection(connection: { release(): void }): void {
    connection.release()
  }

  /**
   * Takes no new work, and ends each connection as soon as nobody has it; open transactions may end in their time.
   * What is still out after the grace period is closed.
   */
  end(callback?: (error?: Error | null) => void): void {
    this._closed = true
    this.#ended ??= this.#leaveAll()
    if (callback !== undefined) void this.#ended.then(() => process.nextTick(callback, null))
  }

  escape(value: unknown): string {
    return this.current.pool.escape(value)
  }

  escapeId(value: string): string {
    return this.current.pool.escapeId(value)
  }

  format(sql: string, values?: unknown): string {
    return this.current.pool.format(sql, values)
  }

  promise(): unknown {
    return this.#promised
  }

  /** Its promise form, made once. */
  set promised(facade: unknown) {
    this.#promised = facade
  }

  get config(): Generation['pool']['config'] {
    return this.current.pool.config
  }

  swapTo(next: Generation, { graceMs }: { readonly graceMs: number }): void {
    if (next === this.current) return
    if (!next.source.isInUse)
      throw new Error(`${next.datasource} was left or discarded before; open it again.`)
    const last = this.current
    next.source.distrust()
    this.#events.moveTo(next.pool)
    this.current = next
    const leaving = last.source.leave(graceMs, false)
    this.#leaving.add(leaving)
    void leaving.finally(() => this.#leaving.delete(leaving))
    // A swap that comes when the service is ending must not leave connections behind.
    if (this._closed) this.#ended = this.#leaveAll()
  }

  closeWriters({ readers }: { readonly readers: number }): void {
    this.current.source.narrow(readers)
  }

  onUnseen(connection: object): void {
    this.emit('connection', connection)
  }

  [Symbol.dispose](): void {
    if (!this._closed) this.end()
  }

  async #leaveAll(): Promise<void> {
    await Promise.all([this.current.source.leave(this.#endGraceMs, true), ...this.#leaving])
  }
}
