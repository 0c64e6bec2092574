import type { FenceSpec } from '../core/ports/database-server.ts'
import { formatAccountName, type TableSet } from '../core/refs.ts'
import { findUnnamedWriters } from './check-fenceable.ts'
import { findLockHolders } from './lock-holders.ts'
import { ownedBy } from './old-writers.ts'
import { readSessions } from './sessions.ts'
import type { ServerSession } from './server-session.ts'
import { readVariables } from './settings.ts'
import { readOpenTransactions, transactionsFreshAfterMs } from './transactions.ts'

export interface Suspects {
  /** These speak against silence in any case. */
  readonly always: readonly string[]
  /** Open transactions that may have changed the tables; locked tables prove that they did not. */
  readonly transactions: readonly string[]
}

/** What could still bring a change past the fence, other than a session that the fence knows. */
export async function findSuspects(
  session: ServerSession,
  spec: FenceSpec,
  tables: readonly TableSet[],
  signal: AbortSignal,
): Promise<Suspects> {
  await session.clock.sleep(transactionsFreshAfterMs, signal)
  const open = await readOpenTransactions(session, signal)
  const prepared = open.filter((each) => each.xid !== undefined)
  const modifying = open.filter((each) => each.xid === undefined && each.rowsModified > 0)
  const ids = await ownersThatMatter(session, spec, signal)
  const holders = await findLockHolders(session, tables, signal)
  const transactions = modifying
    .filter((each) => ids === undefined || ids.has(each.sessionId))
    .filter((each) => spec.kind === 'instance' || (holders?.has(each.sessionId) ?? true))
    .map((each) => `session ${each.sessionId} has changed ${each.rowsModified} rows and not committed yet`)
  return {
    always: [
      // A prepared transaction holds no lock on a table that its session left behind (MariaDB), so it always counts.
      ...prepared.map(
        (each) => `XA transaction ${JSON.stringify(each.xid)} is prepared and can still be committed`,
      ),
      ...(spec.kind === 'instance' ? transactions : []),
      ...(await findOtherWriters(session, spec, signal)),
      ...(await findEvents(session, tables, signal)),
    ],
    transactions: spec.kind === 'instance' ? [] : transactions,
  }
}

/** Session numbers of the fenced accounts; undefined: everybody counts. */
async function ownersThatMatter(
  session: ServerSession,
  spec: FenceSpec,
  signal: AbortSignal,
): Promise<ReadonlySet<number> | undefined> {
  if (spec.kind !== 'account') return undefined
  const own = await ownedBy(session, spec, await readSessions(session, signal), signal)
  return new Set(own.map((each) => each.id))
}

async function findOtherWriters(
  session: ServerSession,
  spec: FenceSpec,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (spec.kind !== 'account') return []
  const others = await findUnnamedWriters(session, spec, signal)
  return others.map(
    (account) => `${formatAccountName(account)} may write to the tables and is not in the fence`,
  )
}

/** Events write with their definer's rights, so a fence of accounts does not stop them. */
async function findEvents(
  session: ServerSession,
  tables: readonly TableSet[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const variables = await readVariables(session, ['event_scheduler'], signal)
  if (variables.get('event_scheduler') !== 'ON' || tables.length === 0) return []
  const rows = await session.connection.read(
    {
      doing: 'read the events of the fenced schemas',
      sql: `SELECT EVENT_SCHEMA AS sch, EVENT_NAME AS name FROM information_schema.EVENTS
        WHERE STATUS = 'ENABLED' AND EVENT_SCHEMA IN (${tables.map(() => '?').join(', ')})`,
      values: tables.map((set) => set.schema),
    },
    signal,
  )
  return rows.map((row) => `event ${String(row['sch'])}.${String(row['name'])} is enabled and may write`)
}
