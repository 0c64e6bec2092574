import { CutoverError } from '../core/errors.ts'
import type { AccountState, FenceSpec } from '../core/ports/database-server.ts'
import { formatAccountName, type AccountName, type TableSet } from '../core/refs.ts'
import { readAccount, readHeldGrants, type HeldGrant } from './account-grants.ts'
import { readAccountsOfUsers, readAccountsOnSchemas } from './account-hosts.ts'
import { touchesTables } from './covers-tables.ts'
import { matchesPattern } from './quote.ts'
import { formatAddress } from './server-address.ts'
import type { ServerSession } from './server-session.ts'
import { readTableNames } from './tables.ts'
import { describeWriteRight, findWriteRights, type WriteRight } from './write-rights.ts'

export type AccountFenceSpec = Extract<FenceSpec, { kind: 'account' }>

/**
 * Reads the before-image of an account fence, and refuses accounts that it could not fence without touching others:
 * rights that come through a role, that hold on all schemas, or on more tables than the fence names.
 *
 * @throws `system.unsupported` with what to do instead; `system.refused` when an account does not exist.
 */
export async function observeAccounts(
  session: ServerSession,
  spec: AccountFenceSpec,
  signal: AbortSignal,
): Promise<readonly AccountState[]> {
  const images: AccountState[] = []
  for (const account of spec.accounts) {
    const image = await readAccount(session, account, signal)
    if (image === null) throw noSuchAccount(session, account)
    images.push(image)
    for (const right of await readWriteRights(session, account, spec.tables, signal)) {
      const obstacle = await findObstacle(session, right, spec.tables, signal)
      if (obstacle !== undefined) throw notFenceable(session, account, right, obstacle)
    }
  }
  await refuseUnnamedWriters(session, spec, signal)
  return images
}

export async function readWriteRights(
  session: ServerSession,
  account: AccountName,
  tables: readonly TableSet[],
  signal: AbortSignal,
): Promise<readonly WriteRight[]> {
  return findWriteRights(await readHeldGrants(session, account, signal), tables)
}

/** Why taking this right away would hit something else than the fenced tables; undefined: it would not. */
async function findObstacle(
  session: ServerSession,
  right: WriteRight,
  sets: readonly TableSet[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const { object } = right
  if (right.through !== undefined) return 'others may hold the same role'
  if (object.level === 'global') return 'it holds on every schema of the server'
  if (object.level !== 'schema') return undefined
  const schemas = (await readSchemas(session, signal)).filter((name) => matchesPattern(object.pattern, name))
  for (const schema of schemas) {
    const covering = sets.filter((set) => set.schema === schema)
    if (covering.length === 0) return `it also holds on schema ${schema}`
    if (covering.some((set) => set.tables === undefined)) continue
    const fenced = new Set(covering.flatMap((set) => set.tables ?? []))
    const open = (await readTableNames(session, { schema }, signal)).filter((table) => !fenced.has(table))
    if (open.length > 0) return `it also holds on table ${schema}.${open[0]}`
  }
  return undefined
}

async function readSchemas(session: ServerSession, signal: AbortSignal): Promise<readonly string[]> {
  const rows = await session.connection.read(
    { doing: 'read its schemas', sql: 'SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA' },
    signal,
  )
  return rows.map((row) => String(row['name']))
}

/**
 * Accounts that may write to the tables and that the fence does not name: those of the same users under other hosts, and
 * those of anybody with rights on just these schemas, such as a job nobody remembered. Who may write only through a right
 * on the whole server or through a role, and who may hand the rights on (an administrator), is not looked for.
 */
export async function findUnnamedWriters(
  session: ServerSession,
  spec: AccountFenceSpec,
  signal: AbortSignal,
): Promise<readonly AccountName[]> {
  const users = [...new Set(spec.accounts.map(({ user }) => user))]
  const schemas = spec.tables.map(({ schema }) => schema)
  const seen = new Set(spec.accounts.map(formatAccountName))
  const found: AccountName[] = []
  for (const account of [
    ...(await readAccountsOfUsers(session, users, signal)),
    ...(await readAccountsOnSchemas(session, schemas, signal)),
  ]) {
    if (seen.has(formatAccountName(account))) continue
    seen.add(formatAccountName(account))
    const held = await readHeldGrants(session, account, signal)
    const isAdministrator = !users.includes(account.user) && held.some((each) => handsOn(each, spec.tables))
    if (!isAdministrator && findWriteRights(held, spec.tables).length > 0) found.push(account)
  }
  return found
}

function handsOn({ line }: HeldGrant, tables: readonly TableSet[]): boolean {
  if (line.kind !== 'privileges' || !line.grantOption) return false
  return tables.some((set) => touchesTables(line.object, set))
}

/** @throws `system.unsupported` naming one of {@link findUnnamedWriters}. */
export async function refuseUnnamedWriters(
  session: ServerSession,
  spec: AccountFenceSpec,
  signal: AbortSignal,
): Promise<void> {
  const [first] = await findUnnamedWriters(session, spec, signal)
  if (first === undefined) return
  const name = formatAccountName(first)
  const message = `${formatAddress(session.address)}: ${name} may write to the same tables and is not in the fence`
  throw new CutoverError('system.unsupported', message, {
    hint: `Add ${first.user}@${first.host} to the accounts of the fence, or take its write rights away.`,
  })
}

function noSuchAccount(session: ServerSession, account: AccountName): CutoverError {
  const name = formatAccountName(account)
  return new CutoverError(
    'system.refused',
    `${formatAddress(session.address)}: there is no account ${name}`,
    {
      hint: 'Accounts are named as they were created, user@host; without a host it is %.',
    },
  )
}

function notFenceable(
  session: ServerSession,
  account: AccountName,
  right: WriteRight,
  obstacle: string,
): CutoverError {
  const message = `${formatAddress(session.address)}: ${formatAccountName(account)} has ${describeWriteRight(right)}; taking it away would hit others: ${obstacle}`
  return new CutoverError('system.unsupported', message, {
    hint: 'Give the service an account of its own with rights on these tables only, or use the instance fence.',
  })
}
