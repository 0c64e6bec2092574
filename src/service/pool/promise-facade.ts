import * as driver from 'mysql2/promise'
import type { CallbackPool } from './callback-pool.ts'
import { comingFrom, rememberCaller } from './caller-trace.ts'
import type { Callback } from './driver.ts'
import type { Generation, Swappable } from './generation.ts'
import type { Lease } from './lease.ts'
import { promiseLease } from './promise-lease.ts'
import type { TransactionOptions } from './run-transaction.ts'
import { runTransaction } from './run-transaction.ts'

interface PromisePool {
  readonly pool: CallbackPool
  readonly Promise: PromiseConstructor
  end(): Promise<void>
}

// The driver has the class and does not declare it.
const { PromisePool: Base } = driver as unknown as {
  PromisePool: new (pool: CallbackPool, promises?: PromiseConstructor) => PromisePool
}

/**
 * The driver's own promise form over the callback facade. Libraries that were written for callbacks may call it as they
 * are used to: where the last value given is a function, the callback facade answers.
 */
export class PromiseFacade extends Base implements Swappable {
  query(sql: unknown, values?: unknown, callback?: unknown): Promise<unknown> {
    if (typeof values === 'function' || callback !== undefined) {
      return this.pool.query(sql, values, callback) as Promise<unknown>
    }
    return this.#ask('query', sql, values)
  }

  execute(sql: unknown, values?: unknown, callback?: unknown): Promise<unknown> {
    if (typeof values === 'function' || callback !== undefined) {
      return this.pool.execute(sql, values, callback) as unknown as Promise<unknown>
    }
    return this.#ask('execute', sql, values)
  }

  #ask(method: 'query' | 'execute', sql: unknown, values: unknown): Promise<unknown> {
    const { pool } = this
    const caller =
      pool.current.source.connectionConfig.trace === true ? rememberCaller(own, method) : undefined
    return new this.Promise((resolve, reject) => {
      const done: Callback = (error, result, fields) => {
        if (error) reject(comingFrom(caller, error))
        else resolve([result, fields])
      }
      if (method === 'execute') pool.execute(sql, values, done)
      else pool.query(sql, values, done)
    })
  }

  getConnection(callback?: (error: Error | null, lease?: Lease) => void): unknown {
    if (callback !== undefined) return this.pool.getConnection(callback)
    return new this.Promise((resolve, reject) => {
      this.pool.getConnection((error, lease) => {
        if (lease === undefined) reject(error)
        else resolve(promiseLease(lease, this.Promise))
      })
    })
  }

  createConnection(): Lease {
    return this.pool.createConnection()
  }

  releaseConnection(connection: { release(): void }): void {
    connection.release()
  }

  override end(callback?: (error?: Error | null) => void): Promise<void> {
    if (callback !== undefined) return this.pool.end(callback) as unknown as Promise<void>
    return super.end()
  }

  promise(): this {
    return this
  }

  get config(): Generation['pool']['config'] {
    return this.pool.config
  }

  get current(): Generation {
    return this.pool.current
  }

  swapTo(next: Generation, options: { readonly graceMs: number }): void {
    this.pool.swapTo(next, options)
  }

  closeWriters(options: { readonly readers: number }): void {
    this.pool.closeWriters(options)
  }

  transaction<T>(
    work: (connection: driver.PoolConnection) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T> {
    return runTransaction(this.pool, work, options)
  }
}

const own = PromiseFacade.prototype
