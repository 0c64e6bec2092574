import type { PoolConnection } from 'mysql2/promise'
import type { Clock } from '../../core/ports/clock.ts'
import { systemClock } from '../../core/system-clock.ts'
import { classify } from '../classify.ts'
import { isGateError } from '../gate/gate-error.ts'
import type { CallbackPool } from './callback-pool.ts'
import { promiseLease } from './promise-lease.ts'
import { undo } from './undo.ts'

export interface TransactionOptions {
  /** How many times `work` is run at most. Default 3. */
  readonly attempts?: number | undefined
  /** Begun as `START TRANSACTION READ ONLY`: passes the gate at any time. Default false. */
  readonly readOnly?: boolean | undefined
  /** Of this transaction alone. Default: what the session has. */
  readonly isolation?: 'READ UNCOMMITTED' | 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE' | undefined
  /**
   * Asked when the connection was lost while the transaction committed, on the datasource that then takes the writes:
   * did it take effect? To be looked for by something that the transaction itself wrote, such as the key of the
   * request, with a read that locks (`FOR UPDATE`): one that does not lock may look before a commit that is still under
   * way. `not-done`: `work` is run again. Without it, and when it throws, the first error is passed on: its outcome
   * stays unknown.
   */
  readonly settle?: ((connection: PoolConnection) => Promise<'done' | 'not-done'>) | undefined
  readonly clock?: Clock | undefined
  readonly signal?: AbortSignal | undefined
}

type Work<T> = (connection: PoolConnection) => Promise<T>

interface Attempt<T> {
  readonly value?: T
  readonly error?: unknown
  /** `work` had returned `value`, and COMMIT was sent. */
  readonly hasValue: boolean
  readonly failed: boolean
}

/** See `GatedPool.transaction`. */
export async function runTransaction<T>(
  pool: CallbackPool,
  work: Work<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const attempts = options.attempts ?? 3
  const clock = options.clock ?? systemClock
  const signal = options.signal ?? new AbortController().signal
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted()
    const last = await runOnce(pool, work, options)
    if (!last.failed) return last.value as T
    const fate = await fateOf(pool, last, options)
    if (fate === 'done') return last.value as T
    if (fate === 'final' || attempt >= attempts) throw last.error
    // Two that met in a deadlock must not meet again at once; while the gate holds, the next attempt waits there.
    await clock.sleep(attempt * (2 + Math.random() * 8), signal)
  }
}

async function runOnce<T>(
  pool: CallbackPool,
  work: Work<T>,
  options: TransactionOptions,
): Promise<Attempt<T>> {
  const connection = await lease(pool)
  let value: { readonly returned: T } | undefined
  try {
    if (options.isolation !== undefined) {
      await connection.query(`SET TRANSACTION ISOLATION LEVEL ${options.isolation}`)
    }
    await connection.query(options.readOnly === true ? 'START TRANSACTION READ ONLY' : 'START TRANSACTION')
    value = { returned: await work(connection) }
    await connection.query('COMMIT')
    return { value: value.returned, hasValue: true, failed: false }
  } catch (error) {
    await undo(connection)
    return value === undefined
      ? { error, hasValue: false, failed: true }
      : { error, value: value.returned, hasValue: true, failed: true }
  } finally {
    connection.release()
  }
}

async function fateOf<T>(
  pool: CallbackPool,
  last: Attempt<T>,
  options: TransactionOptions,
): Promise<'done' | 'again' | 'final'> {
  const { error } = last
  // A gate that has let nothing pass for as long as it may will not do so now. One that ended the unit holds the next.
  if (isGateError(error)) return error.reason === 'ended' ? 'again' : 'final'
  const decision = classify(error)
  if (decision.class === 'unknown' && last.hasValue && options.settle !== undefined) {
    return (await ask(pool, options.settle)) ?? 'final'
  }
  return decision.mayReplay && decision.class !== 'capacity' ? 'again' : 'final'
}

/** Asks inside a transaction of its own: it waits at the gate until it is known which datasource is the right one. */
async function ask(
  pool: CallbackPool,
  settle: NonNullable<TransactionOptions['settle']>,
): Promise<'done' | 'again' | undefined> {
  const attempt = await runOnce(pool, settle, {})
  if (attempt.failed) return undefined
  return attempt.value === 'done' ? 'done' : 'again'
}

function lease(pool: CallbackPool): Promise<PoolConnection> {
  return new Promise((resolve, reject) => {
    pool.getConnection((error, connection) => {
      if (connection === undefined) reject(error)
      else resolve(promiseLease(connection))
    })
  })
}
