import { CutoverError } from '../core/errors.ts'
import type { AccountState, Grant } from '../core/ports/database-server.ts'
import { formatAccountName, type AccountName, type TableSet } from '../core/refs.ts'
import type { Secret } from '../core/secret.ts'
import { readAccount, readHeldGrants } from './account-grants.ts'
import { literalSchema, sameName } from './covers-tables.ts'
import type { GrantLine, GrantObject, Privilege } from './parse-grant.ts'
import { quoteAccount, quoteName, quoteSchemaPattern, quoteTable } from './quote.ts'
import { grantChanges, missingRights } from './restore-grants.ts'
import { formatAddress } from './server-address.ts'
import type { ServerSession } from './server-session.ts'
import type { Statement } from './statement.ts'

/** @throws `conflict` when the account exists: its password and rights are somebody's. */
export async function createAccount(
  session: ServerSession,
  account: AccountName,
  password: Secret,
  signal: AbortSignal,
): Promise<void> {
  if ((await readAccount(session, account, signal)) !== null) throw accountExists(session, account)
  await change(session, `create account ${formatAccountName(account)}`, {
    needs: 'CREATE USER',
    sql: `CREATE USER ${quoteAccount(account)} IDENTIFIED BY ?`,
    values: [password.reveal()],
    signal,
  })
}

export async function dropAccount(
  session: ServerSession,
  account: AccountName,
  signal: AbortSignal,
): Promise<void> {
  const sql = `DROP USER IF EXISTS ${quoteAccount(account)}`
  await change(session, `drop account ${formatAccountName(account)}`, { sql, signal })
}

export async function setPassword(
  session: ServerSession,
  account: AccountName,
  password: Secret,
  signal: AbortSignal,
): Promise<void> {
  await change(session, `set the password of ${formatAccountName(account)}`, {
    sql: `ALTER USER ${quoteAccount(account)} IDENTIFIED BY ?`,
    values: [password.reveal()],
    signal,
  })
}

export async function giveGrants(
  session: ServerSession,
  account: AccountName,
  grants: readonly Grant[],
  signal: AbortSignal,
): Promise<void> {
  for (const { privileges, on } of grants) {
    for (const object of objectsOf(on)) {
      const sql = `GRANT ${privileges.map(checkPrivilege).join(', ')} ON ${object} TO ${quoteAccount(account)}`
      await change(session, `grant ${privileges.join(', ')} on ${object} to ${formatAccountName(account)}`, {
        sql,
        needs: `${privileges.join(', ')} on ${object} WITH GRANT OPTION`,
        signal,
      })
    }
  }
}

/** Takes what is there of the grants, at schema level and on the single tables where `on` names a whole schema. */
export async function takeGrants(
  session: ServerSession,
  account: AccountName,
  grants: readonly Grant[],
  signal: AbortSignal,
): Promise<void> {
  if ((await readAccount(session, account, signal)) === null) return
  const own = (await readHeldGrants(session, account, signal)).filter((held) => held.through === undefined)
  for (const { line } of own) {
    if (line.kind !== 'privileges' || line.revoked) continue
    const names = privilegesIn(line, grants)
    if (names.length > 0) await revokePrivileges(session, account, line.object, names, signal)
  }
}

export async function revokePrivileges(
  session: ServerSession,
  account: AccountName,
  object: GrantObject,
  privileges: readonly Privilege[],
  signal: AbortSignal,
): Promise<void> {
  const list = privileges
    .map(({ name, columns }) =>
      columns === undefined ? name : `${name} (${columns.map(quoteName).join(', ')})`,
    )
    .join(', ')
  const sql = `REVOKE ${list} ON ${object.sql} FROM ${quoteAccount(account)}`
  // 1141 and 1147: somebody else has just taken it.
  await change(session, `revoke ${list} on ${object.sql} from ${formatAccountName(account)}`, {
    sql,
    fine: [1141, 1147],
    needs: `${list} on ${object.sql} WITH GRANT OPTION, on exactly this pattern`,
    signal,
  })
}

/** Rights of the image that its account lacks now. @throws `conflict` when it is gone. */
export async function readMissingRights(
  session: ServerSession,
  image: AccountState,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const now = await readAccount(session, image.account, signal)
  if (now === null) throw accountGone(session, image.account)
  return missingRights(image.account, now.grants, image.grants)
}

/** Gives the account what it lacks of the image's rights, and takes nothing. @throws `conflict` when it is gone. */
export async function giveBackRights(
  session: ServerSession,
  image: AccountState,
  signal: AbortSignal,
): Promise<void> {
  const name = formatAccountName(image.account)
  for (const sql of await readMissingRights(session, image, signal)) {
    const needs = 'the rights it gives back, WITH GRANT OPTION'
    await change(session, `give ${name} its rights back`, { sql, needs, signal })
  }
}

/** Makes SHOW GRANTS and the lock equal to the image. @throws `conflict` when the account is gone. */
export async function restoreAccount(
  session: ServerSession,
  image: AccountState,
  signal: AbortSignal,
): Promise<void> {
  const { account } = image
  const now = await readAccount(session, account, signal)
  if (now === null) throw accountGone(session, account)
  const name = formatAccountName(account)
  for (const sql of grantChanges(account, now.grants, image.grants)) {
    await change(session, `restore the grants of ${name}`, { sql, fine: [1141, 1147], signal })
  }
  if (now.locked !== image.locked) {
    const sql = `ALTER USER ${quoteAccount(account)} ACCOUNT ${image.locked ? 'LOCK' : 'UNLOCK'}`
    await change(session, `restore the lock of ${name}`, { sql, signal })
  }
  const after = await readAccount(session, account, signal)
  const unlike = differingLines(after?.grants ?? [], image.grants)
  if (unlike.length > 0) throw notRestored(session, account, unlike)
}

async function change(
  session: ServerSession,
  doing: string,
  { signal, ...statement }: Omit<Statement, 'doing'> & { readonly signal: AbortSignal },
): Promise<void> {
  await session.connection.change({ doing, ...statement }, signal)
}

function objectsOf(set: TableSet): readonly string[] {
  if (set.tables === undefined) return [`${quoteSchemaPattern(set.schema)}.*`]
  return set.tables.map((table) => quoteTable(set.schema, table))
}

/** Privileges are words of the server's own list; nothing else may get into the statement. */
function checkPrivilege(name: string): string {
  if (/^[A-Z][A-Z _]*$/.test(name)) return name
  throw new CutoverError('internal', `${JSON.stringify(name)} is not the name of a privilege`)
}

function privilegesIn(
  line: Extract<GrantLine, { kind: 'privileges' }>,
  grants: readonly Grant[],
): readonly Privilege[] {
  const wanted = new Set(
    grants.filter(({ on }) => isOn(line.object, on)).flatMap(({ privileges }) => privileges),
  )
  const all = line.privileges.some(({ name }) => name === 'ALL PRIVILEGES')
  return all ? [...wanted].map((name) => ({ name })) : line.privileges.filter(({ name }) => wanted.has(name))
}

function isOn(object: GrantObject, set: TableSet): boolean {
  if (object.level === 'schema')
    return set.tables === undefined && sameName(literalSchema(object.pattern), set.schema)
  if (object.level !== 'table' || !sameName(object.schema, set.schema)) return false
  return set.tables?.some((table) => sameName(table, object.table)) ?? true
}

function accountExists(session: ServerSession, account: AccountName): CutoverError {
  const name = formatAccountName(account)
  return new CutoverError('conflict', `${formatAddress(session.address)}: account ${name} exists already`, {
    hint: `Choose another name, or drop it if nobody uses it: DROP USER ${name}`,
  })
}

function accountGone(session: ServerSession, account: AccountName): CutoverError {
  const name = formatAccountName(account)
  return new CutoverError('conflict', `${formatAddress(session.address)}: account ${name} no longer exists`, {
    hint: 'Its password is not in the journal, so it cannot be made again: create it by hand and undo again.',
  })
}

/** Lines that only one of the two has, marked with the side. */
function differingLines(now: readonly string[], before: readonly string[]): readonly string[] {
  return [
    ...now.filter((line) => !before.includes(line)).map((line) => `now: ${line}`),
    ...before.filter((line) => !now.includes(line)).map((line) => `before: ${line}`),
  ]
}

function notRestored(session: ServerSession, account: AccountName, unlike: readonly string[]): CutoverError {
  const name = formatAccountName(account)
  const message = `${formatAddress(session.address)}: the grants of ${name} are not what they were before (${unlike.join('; ')})`
  return new CutoverError('verify.failed', message, {
    hint: `Compare SHOW GRANTS FOR ${name} with the before-image in the journal.`,
  })
}
