import type { Session } from '../core/ports/database-server.ts'
import { accountOfSession, readAccountsOfUsers } from './account-hosts.ts'
import type { AccountFenceSpec } from './check-fenceable.ts'
import { sameName } from './covers-tables.ts'
import { readSessions } from './sessions.ts'
import type { ServerSession } from './server-session.ts'
import { readOpenTransactions } from './transactions.ts'

/** Sessions that may still write although the rights are gone; all began before the fence. */
export interface OldWriters {
  /**
   * A fenced schema is their default one. The server checked their rights on it when they chose it and does not look
   * again: they write on as before (measured on MySQL 9.7 and MariaDB 10.11).
   */
  readonly inFencedSchema: readonly Session[]
  /** They run a statement whose rights may have been checked before the fence. */
  readonly busy: readonly Session[]
  /** They have not finished logging in and may have read their rights already. */
  readonly loggingIn: readonly Session[]
  /** They hold changes in an open transaction; COMMIT needs no right. */
  readonly inTransaction: readonly Session[]
}

export interface FencedSessions {
  /** Sessions with a higher number logged in after the rights were gone. */
  readonly newestOld: number
  /** When the rights were gone, on the monotonic clock; undefined: in another process. */
  readonly sinceMs: number | undefined
}

/** Looks for sessions of the fenced accounts that may still write to the fenced tables. */
export async function findOldWriters(
  session: ServerSession,
  spec: AccountFenceSpec,
  fenced: FencedSessions,
  signal: AbortSignal,
): Promise<OldWriters> {
  // Sessions first: what a statement has changed when it is seen to be over, the transactions then show.
  const all = await readSessions(session, signal)
  const old = all.filter((each) => each.id <= fenced.newestOld)
  const own = await ownedBy(session, spec, old, signal)
  const isFenced = (each: Session): boolean =>
    each.schema !== null && spec.tables.some((set) => sameName(set.schema, each.schema ?? ''))
  const elsewhere = own.filter((each) => !isFenced(each))
  const modified = elsewhere.length > 0 ? await readModifying(session, signal) : new Set<number>()
  return {
    inFencedSchema: own.filter(isFenced),
    busy: elsewhere.filter((each) => isBusy(each, fenced, session)),
    loggingIn: old.filter((each) => each.user === 'unauthenticated user'),
    inTransaction: elsewhere.filter((each) => modified.has(each.id)),
  }
}

async function readModifying(session: ServerSession, signal: AbortSignal): Promise<ReadonlySet<number>> {
  const open = await readOpenTransactions(session, signal)
  return new Set(open.filter((each) => each.rowsModified > 0).map((each) => each.sessionId))
}

/** The sessions that belong to the fence's accounts. One that matches no known account counts, to be safe. */
export async function ownedBy(
  session: ServerSession,
  spec: AccountFenceSpec,
  sessions: readonly Session[],
  signal: AbortSignal,
): Promise<readonly Session[]> {
  const users = [...new Set(spec.accounts.map(({ user }) => user))]
  const candidates = sessions.filter((each) => users.includes(each.user))
  if (candidates.length === 0) return []
  const accounts = await readAccountsOfUsers(session, users, signal)
  return candidates.filter((each) => {
    const account = accountOfSession(accounts, each.user, each.host)
    return (
      account === undefined ||
      spec.accounts.some((one) => one.host === account.host && one.user === account.user)
    )
  })
}

const idleCommands = new Set(['Sleep', 'Binlog Dump', 'Binlog Dump GTID', 'Daemon'])

/** Running a statement that may have begun before the fence. The server counts whole seconds, so one is allowed for. */
function isBusy(each: Session, fenced: FencedSessions, session: ServerSession): boolean {
  if (idleCommands.has(each.command)) return false
  if (fenced.sinceMs === undefined) return true
  return each.seconds * 1000 + 1000 >= session.clock.monotonicMs() - fenced.sinceMs
}
