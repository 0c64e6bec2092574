import type { Session } from '../core/ports/database-server.ts'
import type { AccountFenceSpec } from './check-fenceable.ts'
import type { Connection } from './connection.ts'
import { findLockHolders } from './lock-holders.ts'
import { findOldWriters, type FencedSessions } from './old-writers.ts'
import { endSession } from './sessions.ts'
import type { ServerSession } from './server-session.ts'
import { lockTables, unlockTables } from './table-locks.ts'
import { transactionsFreshAfterMs } from './transactions.ts'

/** How long sessions that may belong to other work of the account can finish by themselves, milliseconds. */
const graceMs = 2_000
const killAgainAfterMs = 1_000
/** Between two looks: short at first, because users may be waiting and a session ends within milliseconds. */
const lookAgainMs = { first: 2, longest: 20 }

/**
 * Ends what began before the fence and could still write through it, and returns when nothing of it is left.
 *
 * - Sessions whose default schema is fenced are ended at once.
 * - Statements, logins and transactions of the account that began before the fence get two seconds, because they may be
 *   work on other schemas; then they are ended too, transactions only when they hold a lock on a fenced table
 *   (MariaDB does not say which one does: there the oldest goes first).
 *
 * @param locker a session of its own, to lock the tables with.
 */
export async function endOldWriters(
  session: ServerSession,
  spec: AccountFenceSpec,
  fenced: FencedSessions,
  locker: Connection,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = session.clock.monotonicMs()
  const ended = new Map<number, number>()
  let busyIds: ReadonlySet<number> | undefined
  let waitMs = lookAgainMs.first
  for (;;) {
    const writers = await findOldWriters(session, spec, fenced, signal)
    // Whoever was seen idle once since the fence went up runs only statements that began behind it.
    const busy: readonly Session[] = writers.busy.filter((each) => busyIds?.has(each.id) ?? true)
    busyIds = new Set(busy.map((each) => each.id))
    const patient = session.clock.monotonicMs() - startedAt < graceMs
    const unsettled = [...busy, ...writers.loggingIn]
    if (writers.inFencedSchema.length + unsettled.length === 0) {
      const holders = await findChangesLeft(session, locker, spec, fenced, signal)
      if (holders.length === 0) return
      unsettled.push(...holders.slice(0, 1))
    }
    await endAll(session, [...writers.inFencedSchema, ...(patient ? [] : unsettled)], ended, signal)
    await session.clock.sleep(waitMs, signal)
    waitMs = Math.min(waitMs * 2, lookAgainMs.longest)
  }
}

/** Sessions of the account that may hold uncommitted changes of the fenced tables, the likeliest first. */
async function findChangesLeft(
  session: ServerSession,
  locker: Connection,
  spec: AccountFenceSpec,
  fenced: FencedSessions,
  signal: AbortSignal,
): Promise<readonly Session[]> {
  const locks = await lockTables(session, locker, spec.tables, 1, signal)
  if (locks.state === 'held') {
    await unlockTables(locker, signal)
    return []
  }
  await session.clock.sleep(transactionsFreshAfterMs, signal)
  const writers = await findOldWriters(session, spec, fenced, signal)
  const holders = await findLockHolders(session, spec.tables, signal)
  const suspects = writers.inTransaction.filter((each) => holders?.has(each.id) ?? true)
  return suspects.toSorted((a, b) => a.id - b.id)
}

async function endAll(
  session: ServerSession,
  sessions: readonly Session[],
  ended: Map<number, number>,
  signal: AbortSignal,
): Promise<void> {
  for (const { id } of sessions) {
    const now = session.clock.monotonicMs()
    // A session that rolls back much stays in the list for a while.
    if (now - (ended.get(id) ?? Number.NEGATIVE_INFINITY) < killAgainAfterMs) continue
    ended.set(id, now)
    await endSession(session, id, signal)
  }
}
