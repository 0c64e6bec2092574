import type { Pool as CallbackPoolType, PoolConnection as CallbackConnection } from 'mysql2'
import type { Pool as PromisePoolType, PoolConnection } from 'mysql2/promise'
import type { WriteGate } from '../gate/write-gate.ts'
import { describeStatement } from '../sql/describe-statement.ts'
import type { StatementTraits, TraitsOptions } from '../sql/statement-traits.ts'
import { CallbackPool } from './callback-pool.ts'
import type { Generation, Swappable } from './generation.ts'
import type { Asker } from './pool-core.ts'
import { PromiseFacade } from './promise-facade.ts'
import type { TransactionOptions } from './run-transaction.ts'

export interface GatedPoolOptions {
  readonly generation: Generation
  readonly gate: WriteGate
  /** Says what a text does. Default: `describeStatement`. */
  readonly describe?: (sql: string, options?: TraitsOptions) => StatementTraits
  readonly traits?: TraitsOptions | undefined
  /** Asked when a write has to be held: for whom it is. Called within the call that writes. */
  readonly askerOf?: (() => Asker | undefined) | undefined
  /** After `end`: how long connections that are out may take to come back, milliseconds. Default 5000. */
  readonly endGraceMs?: number | undefined
}

/**
 * What a service calls its pool: mysql2's pool with promises, whose `pool` is the form with callbacks. The methods of a
 * pool answer callbacks as well, for libraries that give them.
 */
export interface GatedPool extends PromisePoolType, Swappable {
  readonly pool: CallbackPoolType
  getConnection(): Promise<PoolConnection>
  getConnection(callback: (error: NodeJS.ErrnoException | null, connection: CallbackConnection) => void): void
  end(): Promise<void>
  end(callback: (error: unknown) => void): void
  promise(): PromisePoolType
  /**
   * A connection with callbacks at once, for libraries that keep a pool of their own over `createConnection`, such as
   * Sequelize (`dialectModule: { createConnection: () => pool.createConnection() }`). It has a real connection only
   * while it needs one, and is taken to the next datasource with what it was told by `SET`.
   */
  createConnection(): CallbackConnection
  /**
   * A unit of work: begun, committed, and rolled back when `work` throws. `work` is run again, a few times at most,
   * when the database definitely did nothing of it, such as when a fence or a deadlock refused it; so it must not do
   * anything else that may not happen twice.
   *
   * @throws what `work` or the database threw in the last attempt; also an unknown outcome, see `settle`.
   */
  transaction<T>(work: (connection: PoolConnection) => Promise<T>, options?: TransactionOptions): Promise<T>
}

/** A pool whose writes the gate lets pass, and whose datasource can be changed while it is used. */
export function createGatedPool(options: GatedPoolOptions): GatedPool {
  const { generation, gate, traits, describe = describeStatement } = options
  const callbacks = new CallbackPool({
    generation,
    gate,
    describe: (sql) => describe(sql, traits),
    askerOf: options.askerOf,
    endGraceMs: options.endGraceMs ?? 5000,
  })
  const facade = new PromiseFacade(callbacks)
  callbacks.promised = facade
  // The driver declares its connections as classes, which nothing else can be; a type test holds the forms together.
  return facade as unknown as GatedPool
}
