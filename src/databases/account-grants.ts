import type { AccountState } from '../core/ports/database-server.ts'
import type { AccountName } from '../core/refs.ts'
import { versionNumber } from './identity.ts'
import { normaliseGrant } from './normalise-grant.ts'
import { parseGrant, type GrantLine } from './parse-grant.ts'
import { quoteAccount, quoteRole, type RoleName } from './quote.ts'
import type { ServerSession } from './server-session.ts'

/** A line of SHOW GRANTS and the role it comes through, if any. */
export interface HeldGrant {
  readonly line: GrantLine
  /** Text of the role, as people write it; undefined: granted to the account itself. */
  readonly through: string | undefined
}

/** The account's grants and lock; null when it does not exist. */
export async function readAccount(
  session: ServerSession,
  account: AccountName,
  signal: AbortSignal,
): Promise<AccountState | null> {
  const locked = await readLock(session, account, signal)
  if (locked === undefined) return null
  const grants = await showGrants(session, quoteAccount(account), signal)
  return { account, locked, grants: grants.toSorted() }
}

async function readLock(
  session: ServerSession,
  account: AccountName,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const [row] = await session.connection.read(
    {
      doing: `look up account ${account.user}`,
      sql:
        session.identity.flavour === 'mysql'
          ? "SELECT account_locked = 'Y' AS locked FROM mysql.user WHERE User = ? AND Host = ?"
          : `SELECT COALESCE(JSON_VALUE(Priv, '$.account_locked') IN ('true', '1'), FALSE) AS locked
             FROM mysql.global_priv WHERE User = ? AND Host = ? AND NOT COALESCE(JSON_VALUE(Priv, '$.is_role') IN ('true', '1'), FALSE)`,
      values: [account.user, account.host],
    },
    signal,
  )
  return row === undefined ? undefined : Number(row['locked']) === 1
}

async function showGrants(
  session: ServerSession,
  whose: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const rows = await session.connection.read(
    // 1141: no such grant, the answer of older servers for PUBLIC.
    { doing: `read the grants of ${whose}`, sql: `SHOW GRANTS FOR ${whose}`, fine: [1141] },
    signal,
  )
  return rows.map((row) => normaliseGrant(String(Object.values(row)[0])))
}

/** Everything the account may do: its own grants, those of its roles, mandatory roles and PUBLIC. */
export async function readHeldGrants(
  session: ServerSession,
  account: AccountName,
  signal: AbortSignal,
): Promise<readonly HeldGrant[]> {
  const own = (await showGrants(session, quoteAccount(account), signal)).map(parseGrant)
  const roles = [...rolesOf(own), ...(await rolesOfEverybody(session, signal))]
  const held: HeldGrant[] = own.map((line) => ({ line, through: undefined }))
  const seen = new Set<string>()
  // Roles may hold roles. SET ROLE can switch on any of them, so the default ones are not enough.
  for (let role = roles.shift(); role !== undefined; role = roles.shift()) {
    const name = quoteRole(role)
    if (seen.has(name)) continue
    seen.add(name)
    const lines = (await showGrants(session, isPublic(role) ? 'PUBLIC' : name, signal)).map(parseGrant)
    held.push(...lines.map((line) => ({ line, through: role.user })))
    roles.push(...rolesOf(lines))
  }
  return held
}

function rolesOf(lines: readonly GrantLine[]): RoleName[] {
  return lines.flatMap((line) => (line.kind === 'roles' ? line.roles : []))
}

const publicRole: RoleName = { user: 'PUBLIC', host: undefined }

function isPublic(role: RoleName): boolean {
  return role === publicRole
}

/** Roles that no line of SHOW GRANTS of the account names. */
async function rolesOfEverybody(session: ServerSession, signal: AbortSignal): Promise<readonly RoleName[]> {
  const { flavour, version } = session.identity
  if (flavour === 'mariadb') return versionNumber(version) >= 101_100 ? [publicRole] : []
  // Not SHOW VARIABLES, which takes ten times as long: users may be waiting. 1193: a server without mandatory roles.
  const sql = 'SELECT @@GLOBAL.mandatory_roles AS names'
  const [row] = await session.connection.read(
    { doing: 'read its mandatory roles', sql, fine: [1193] },
    signal,
  )
  const names = String(row?.['names'] ?? '').trim()
  if (names === '') return []
  const line = parseGrant(`GRANT ${names} TO \`\``)
  return line.kind === 'roles' ? line.roles.map(({ user, host }) => ({ user, host: host ?? '%' })) : []
}
