import type { Session } from '../core/ports/database-server.ts'
import type { AccountFenceSpec } from './check-fenceable.ts'
import { findOldWriters } from './old-writers.ts'
import { endSession, readNewestSessionId } from './sessions.ts'
import type { ServerSession } from './server-session.ts'
import { readOpenTransactions, transactionsFreshAfterMs } from './transactions.ts'

const graceMs = 2_000

/**
 * Ends the sessions that chose a fenced schema while the fence was up: they keep the rights they found then, so their
 * writes would be refused for as long as they live (measured on both products). One that has changed rows shows that it
 * may write, and stays; one that runs a statement may finish it first.
 */
export async function renewSessions(
  session: ServerSession,
  spec: AccountFenceSpec,
  signal: AbortSignal,
): Promise<void> {
  const newestOld = await readNewestSessionId(session, signal)
  const fenced = { newestOld, sinceMs: undefined }
  const startedAt = session.clock.monotonicMs()
  const ended = new Set<number>()
  for (;;) {
    const { inFencedSchema } = await findOldWriters(session, spec, fenced, signal)
    const writing = await readWriting(session, signal)
    const stale = inFencedSchema.filter((each) => !writing.has(each.id) && !ended.has(each.id))
    if (stale.length === 0) return
    const patient = session.clock.monotonicMs() - startedAt < graceMs
    for (const each of stale.filter((one) => isIdle(one) || !patient)) {
      await endSession(session, each.id, signal)
      ended.add(each.id)
    }
    await session.clock.sleep(transactionsFreshAfterMs, signal)
  }
}

async function readWriting(session: ServerSession, signal: AbortSignal): Promise<ReadonlySet<number>> {
  const open = await readOpenTransactions(session, signal)
  return new Set(open.filter((each) => each.rowsModified > 0).map((each) => each.sessionId))
}

function isIdle(each: Session): boolean {
  return each.command === 'Sleep'
}
