import type { Clock } from '../core/ports/clock.ts'
import type { DatabaseServer, FenceImage, FenceSpec } from '../core/ports/database-server.ts'
import type { Secrets } from '../core/ports/secrets.ts'
import type { DatabaseSpec } from '../core/system-specs.ts'
import { CutoverError } from '../core/errors.ts'
import { createAccountFence, type AccountFence } from './account-fence.ts'
import { readAccount, readHeldGrants } from './account-grants.ts'
import * as accounts from './accounts.ts'
import { canLogIn } from './can-log-in.ts'
import { readWriteRights } from './check-fenceable.ts'
import { findInstanceGaps, lowerInstanceFence, raiseInstanceFence, readReadOnly } from './instance-fence.ts'
import { findMissing } from './missing-grants.ts'
import { readPosition } from './position.ts'
import { proveSilence, type ProvenCounters } from './prove-silence.ts'
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
    ...fenceVerbs(session, createAccountFence(session)),
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

type FenceVerbs = Pick<
  DatabaseServer,
  'observeFence' | 'raiseFence' | 'lowerFence' | 'fenceIsUp' | 'proveSilence'
>

function fenceVerbs(session: ServerSession, fence: AccountFence): FenceVerbs {
  const gaps = (spec: FenceSpec, signal: AbortSignal): Promise<readonly string[]> =>
    spec.kind === 'account' ? fence.gaps(spec, signal) : findInstanceGaps(session, signal)
  const proven: ProvenCounters = new Map()
  return {
    observeFence: async (spec, signal) =>
      spec.kind === 'account'
        ? { kind: 'account', accounts: await fence.observe(spec, signal) }
        : { kind: 'instance', ...(await readReadOnly(session, signal)) },
    raiseFence: (spec, signal) => {
      proven.clear()
      return spec.kind === 'account' ? fence.raise(spec, signal) : raiseInstanceFence(session, signal)
    },
    lowerFence: (spec, image, signal) => {
      proven.clear()
      return lowerFence(session, fence, spec, image, signal)
    },
    fenceIsUp: async (spec, signal) => {
      const inDoubt = spec.kind === 'account' && !fence.oldWritersEnded(spec) ? [fenceInDoubt] : []
      const found = [...(await gaps(spec, signal)), ...inDoubt]
      return { up: found.length === 0, why: found.length === 0 ? describeUp(spec) : found.join('; ') }
    },
    proveSilence: (spec, options, signal) =>
      proveSilence(session, spec, options, (inner) => gaps(spec, inner), proven, signal),
  }
}

async function lowerFence(
  session: ServerSession,
  fence: AccountFence,
  spec: FenceSpec,
  image: FenceImage,
  signal: AbortSignal,
): Promise<void> {
  if (spec.kind === 'account' && image.kind === 'account') return fence.lower(spec, image.accounts, signal)
  if (spec.kind === 'instance' && image.kind === 'instance') return lowerInstanceFence(session, image, signal)
  throw new CutoverError(
    'internal',
    `an image of kind ${image.kind} does not fit a fence of kind ${spec.kind}`,
  )
}

// A statement whose right was checked before the revoke may still be on its way, and nothing shows it beforehand.
const fenceInDoubt = 'it is not known whether everything that began before it has ended'

function describeUp(spec: FenceSpec): string {
  if (spec.kind === 'instance') return 'the server refuses writes'
  return 'no fenced account has a right to write, and no session is older than that'
}
