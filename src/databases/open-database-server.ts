import type { Clock } from '../core/ports/clock.ts'
import type { DatabaseServer } from '../core/ports/database-server.ts'
import type { Secrets } from '../core/ports/secrets.ts'
import type { DatabaseSpec } from '../core/system-specs.ts'
import { readAccount, readHeldGrants } from './account-grants.ts'
import * as accounts from './accounts.ts'
import { canLogIn } from './can-log-in.ts'
import { readWriteRights } from './check-fenceable.ts'
import { fenceVerbs } from './fence-verbs.ts'
import { findMissing } from './missing-grants.ts'
import { readPosition } from './position.ts'
import { createReleases } from './releases.ts'
import { rowExists } from './row-exists.ts'
import { serviceAddressOf } from './server-address.ts'
import { openServerSession, type ServerSession, type SessionRules } from './server-session.ts'
import { rememberSession } from './session-of.ts'
import { endSession, readSessions } from './sessions.ts'
import { readSettings } from './settings.ts'
import { readTables } from './tables.ts'
import { readOpenTransactions } from './transactions.ts'
import { describeWriteRight } from './write-rights.ts'

/**
 * Opens a MySQL or MariaDB server; which of the two answers is found out.
 *
 * @param name the system's name in the playbook, for messages.
 * @param rules for every session, where a run holds a lock. Default: none.
 * @throws `system.unreachable`, `system.unauthenticated`, `secret.unresolved`, or the signal's reason.
 */
export async function openDatabaseServer(
  name: string,
  spec: DatabaseSpec,
  secrets: Secrets,
  clock: Clock,
  signal: AbortSignal,
  rules?: SessionRules,
): Promise<DatabaseServer> {
  const session = await openServerSession(name, spec, secrets, clock, signal, rules)
  const server: DatabaseServer = {
    name,
    serviceAddress: serviceAddressOf(spec),
    ...lookups(session),
    ...accountVerbs(session),
    ...fenceVerbs(session),
    ...createReleases(session),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
  rememberSession(server, session)
  return server
}

type Lookups = Pick<
  DatabaseServer,
  | 'identity'
  | 'settings'
  | 'tables'
  | 'rowExists'
  | 'sessions'
  | 'endSession'
  | 'openTransactions'
  | 'position'
>

function lookups(session: ServerSession): Lookups {
  return {
    identity: async (signal) => {
      await session.connection.read({ doing: 'answer', sql: 'SELECT 1' }, signal)
      return session.identity
    },
    settings: (signal) => readSettings(session, signal),
    tables: (set, signal) => readTables(session, set, signal),
    rowExists: (at, signal) => rowExists(session, at, signal),
    sessions: (signal) => readSessions(session, signal),
    endSession: (id, signal) => endSession(session, id, signal),
    openTransactions: (signal) => readOpenTransactions(session, signal),
    position: (signal) => readPosition(session, signal),
  }
}

type AccountVerbs = Pick<
  DatabaseServer,
  | 'account'
  | 'createAccount'
  | 'dropAccount'
  | 'setPassword'
  | 'grant'
  | 'revoke'
  | 'missingGrants'
  | 'writeGrants'
  | 'missingRights'
  | 'giveBack'
  | 'restoreAccount'
  | 'canLogIn'
>

function accountVerbs(session: ServerSession): AccountVerbs {
  return {
    account: (name, signal) => readAccount(session, name, signal),
    createAccount: (name, password, signal) => accounts.createAccount(session, name, password, signal),
    dropAccount: (name, signal) => accounts.dropAccount(session, name, signal),
    setPassword: (name, password, signal) => accounts.setPassword(session, name, password, signal),
    grant: (name, grants, signal) => accounts.giveGrants(session, name, grants, signal),
    revoke: (name, grants, signal) => accounts.takeGrants(session, name, grants, signal),
    missingGrants: async (name, wanted, signal) =>
      findMissing(await readHeldGrants(session, name, signal), wanted),
    writeGrants: async (name, tables, signal) =>
      (await readWriteRights(session, name, tables, signal)).map(describeWriteRight),
    missingRights: (image, signal) => accounts.readMissingRights(session, image, signal),
    giveBack: (image, signal) => accounts.giveBackRights(session, image, signal),
    restoreAccount: (image, signal) => accounts.restoreAccount(session, image, signal),
    canLogIn: (credentials, schema, signal) => canLogIn(session, credentials, schema, signal),
  }
}
