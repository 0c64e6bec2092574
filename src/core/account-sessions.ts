import { isIP } from 'node:net'
import type { Session } from './ports/database-server.ts'
import type { AccountName } from './refs.ts'

/**
 * The sessions that may belong to one of the accounts. In doubt a session is counted: a host name and an address
 * pattern cannot be compared, and a session that is overlooked could still write. Replication readers
 * (`Binlog Dump`) are left out; they carry the data and are never the service.
 */
export function sessionsOf(
  accounts: readonly AccountName[],
  sessions: readonly Session[],
): readonly Session[] {
  return sessions.filter(
    (session) =>
      !session.command.startsWith('Binlog Dump') &&
      accounts.some((account) => account.user === session.user && hostMayMatch(account.host, session.host)),
  )
}

/** False only when both are addresses and the pattern surely does not cover the host. */
function hostMayMatch(pattern: string, host: string): boolean {
  if (!/^[\d.%_]+$/.test(pattern) || isIP(host) !== 4) return true
  const expression = pattern.replaceAll('.', '\\.').replaceAll('%', '.*').replaceAll('_', '.')
  return new RegExp(`^${expression}$`).test(host)
}
