import { formatAccountName, type AccountName } from '../core/refs.ts'
import { literalSchema, sameName } from './covers-tables.ts'
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

// MySQL keeps roles among the accounts, locked and without a password; nobody logs in as one. MariaDB's have no host.
const rolesOfMySql =
  "SELECT User, Host FROM mysql.user WHERE account_locked = 'Y' AND authentication_string = ''"

/**
 * Accounts of anybody that hold rights of their own on a schema, table or routine matching one of the schemas' names.
 * The kit's own account is left out. Which rights these are has to be read from their grants.
 */
export async function readAccountsOnSchemas(
  session: ServerSession,
  schemas: readonly string[],
  signal: AbortSignal,
): Promise<readonly AccountName[]> {
  const tables = ['db', 'tables_priv', 'procs_priv']
  const isNoRole = session.identity.flavour === 'mysql' ? ` AND (User, Host) NOT IN (${rolesOfMySql})` : ''
  const rows = await session.connection.read(
    {
      doing: 'read who has rights on the schemas',
      sql: tables
        .map(
          (table) =>
            `SELECT User AS user, Host AS host, Db AS pattern FROM mysql.${table} WHERE Host <> ''${isNoRole}`,
        )
        .join(' UNION '),
    },
    signal,
  )
  const [self] = await session.connection.read(
    { doing: 'read its own account', sql: 'SELECT CURRENT_USER() AS name' },
    signal,
  )
  const found = rows
    .filter((row) => schemas.some((schema) => reaches(String(row['pattern']), schema)))
    .map((row) => ({ user: String(row['user']), host: String(row['host']) }))
    .filter(({ user, host }) => `${user}@${host}` !== self?.['name'])
  return [...new Map(found.map((account) => [formatAccountName(account), account])).values()]
}

function reaches(pattern: string, schema: string): boolean {
  return matchesPattern(pattern, schema) || sameName(literalSchema(pattern), schema)
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
