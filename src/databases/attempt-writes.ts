import type { Connection as DriverConnection } from 'mysql2/promise'
import type { Credentials } from '../core/ports/database-server.ts'
import { formatAccountName, type TableSet } from '../core/refs.ts'
import { orAborted } from '../core/deadline.ts'
import { readAccountsOfUsers } from './account-hosts.ts'
import { readAccount } from './account-grants.ts'
import { openDriverConnection } from './connect.ts'
import { readDriverError } from './driver-error.ts'
import { meaningOf } from './error-meaning.ts'
import { quoteName, quoteTable } from './quote.ts'
import { describeDriverError, serverError } from './server-error.ts'
import type { ServerSession } from './server-session.ts'
import { readTables } from './tables.ts'

export interface WriteAttempt {
  /** Writes that were accepted, or answers that are no clear refusal. */
  readonly findings: readonly string[]
  readonly evidence: string
}

/**
 * Tries to insert into, update and delete from every table with the service's own credential. The statements concern
 * no row, so that even an accepted one changes nothing; a server that would accept a real write accepts them too.
 */
export async function attemptWrites(
  session: ServerSession,
  credentials: Credentials,
  sets: readonly TableSet[],
  signal: AbortSignal,
): Promise<WriteAttempt> {
  const statements = await writesWithoutRows(session, sets, signal)
  let opened: DriverConnection
  try {
    opened = await logIn(session, credentials, signal)
  } catch (error) {
    signal.throwIfAborted()
    return judgeLogin(session, credentials, error, signal)
  }
  try {
    const findings: string[] = []
    for (const statement of statements) {
      const accepted = await tryWrite(opened, statement, session, signal)
      if (accepted !== undefined) findings.push(`${credentials.user}: ${statement.what} ${accepted}`)
    }
    return {
      findings,
      evidence: `${statements.length - findings.length} writes of ${credentials.user} refused`,
    }
  } finally {
    opened.destroy()
  }
}

interface WriteStatement {
  /** `INSERT into orders.orders`. */
  readonly what: string
  readonly sql: string
}

/** The statements need no right to read: a missing SELECT must not be mistaken for a refused write. */
async function writesWithoutRows(
  session: ServerSession,
  sets: readonly TableSet[],
  signal: AbortSignal,
): Promise<readonly WriteStatement[]> {
  const statements: WriteStatement[] = []
  for (const set of sets) {
    for (const { schema, table, primaryKey, columns } of await readTables(session, set, signal)) {
      const name = quoteTable(schema, table)
      const column = quoteName(primaryKey[0] ?? (columns[0] ?? '').split(' ')[0] ?? '')
      const where = `${schema}.${table}`
      statements.push(
        {
          what: `INSERT into ${where}`,
          sql: `INSERT INTO ${name} (${column}) SELECT NULL FROM DUAL WHERE 1 = 0`,
        },
        { what: `UPDATE of ${where}`, sql: `UPDATE ${name} SET ${column} = NULL WHERE 1 = 0` },
        { what: `DELETE from ${where}`, sql: `DELETE FROM ${name} WHERE 1 = 0` },
      )
    }
  }
  return statements
}

/** Without a default schema: rights on single tables do not need one, and nothing is cached for it. */
async function logIn(
  session: ServerSession,
  { user, password }: Credentials,
  signal: AbortSignal,
): Promise<DriverConnection> {
  return openDriverConnection(session.spec, { user, password }, signal)
}

/** What speaks against a refusal; undefined: the write was refused for a reason that a fence causes. */
async function tryWrite(
  connection: DriverConnection,
  { sql, what }: WriteStatement,
  session: ServerSession,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await orAborted(connection.query(sql), signal)
    return 'was accepted'
  } catch (error) {
    signal.throwIfAborted()
    const driver = readDriverError(error)
    if (driver.errno === undefined) throw serverError(error, session.address, 'try a write of the service')
    if (isRefusal(driver.errno, driver.option, session)) return undefined
    return `had an unclear answer: ${describeDriverError(error)} (${what})`
  }
}

function isRefusal(errno: number, option: string | undefined, session: ServerSession): boolean {
  const meaning = meaningOf(errno, session.identity.flavour)
  if (meaning === undefined || meaning.class !== 'rejected') return false
  // An answer to logins, or one that is a refusal by some of its messages only, proves nothing here.
  if (meaning.asStatement !== undefined || meaning.onlyWith !== undefined) return false
  if (meaning.refusesWrites === 'by-option') return option === '--read-only' || option === '--super-read-only'
  return meaning.refusesWrites !== false
}

/** A wrong password in the playbook looks like a fence; only a locked or dropped account is one. */
async function judgeLogin(
  session: ServerSession,
  { user }: Credentials,
  error: unknown,
  signal: AbortSignal,
): Promise<WriteAttempt> {
  const { errno } = readDriverError(error)
  if (errno === undefined) throw serverError(error, session.address, `log in as ${user}`)
  const open: string[] = []
  for (const account of await readAccountsOfUsers(session, [user], signal)) {
    const state = await readAccount(session, account, signal)
    if (state?.locked === false) open.push(formatAccountName(account))
  }
  const answer = describeDriverError(error)
  if (open.length === 0) return { findings: [], evidence: `the login of ${user} was refused: ${answer}` }
  return {
    findings: [`no write could be tried as ${user}, the login failed: ${answer}; is its password right?`],
    evidence: `login of ${user} failed`,
  }
}
