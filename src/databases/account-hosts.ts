import type { AccountName } from '../core/refs.ts'
import { matchesPattern } from './quote.ts'
import type { ServerSession } from './server-session.ts'

/** Every account of the named users: one user name may be granted for several hosts, each with its own rights. */
export async function readAccountsOfUsers(
  session: ServerSession,
  users: readonly string[],
  signal: AbortSignal,
): Promise<readonly AccountName[]> {
  const rows = await session.connection.read(
    {
      doing: 'read the accounts',
      sql: `SELECT User AS user, Host AS host FROM mysql.user WHERE Host <> '' AND User IN (${users.map(() => '?').join(', ')})`,
      values: users,
    },
    signal,
  )
  return rows.map((row) => ({ user: String(row['user']), host: String(row['host']) }))
}

/**
 * The account that a session of `user` from `host` logged in as: of those that match, the one whose host is the most
 * specific. Undefined when none is seen to match, for example with an address given as a netmask.
 */
export function accountOfSession(
  accounts: readonly AccountName[],
  user: string,
  host: string,
): AccountName | undefined {
  return accounts
    .filter((account) => account.user === user && matchesPattern(account.host, host))
    .toSorted((a, b) => specificity(b.host) - specificity(a.host))[0]
}

/** Length of the host up to its first wildcard; a host without one comes before all that have one. */
function specificity(host: string): number {
  const wildcard = host.search(/[%_]/)
  return wildcard < 0 ? Number.MAX_SAFE_INTEGER : wildcard
}
