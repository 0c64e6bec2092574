import { isDeepStrictEqual } from 'node:util'
import { CutoverError, isCutoverError } from '../core/errors.ts'
import type { AccountState } from '../core/ports/database-server.ts'
import { formatAccountName } from '../core/refs.ts'
import { revokePrivileges, restoreAccount } from './accounts.ts'
import type { Connection } from './connection.ts'
import {
  observeAccounts,
  readWriteRights,
  refuseUnnamedWriters,
  type AccountFenceSpec,
} from './check-fenceable.ts'
import { endOldWriters } from './end-old-writers.ts'
import { findOldWriters, type FencedSessions } from './old-writers.ts'
import { allWrites } from './privileges.ts'
import { renewSessions } from './renew-sessions.ts'
import { formatAddress } from './server-address.ts'
import type { ServerSession } from './server-session.ts'
import { readNewestSessionId } from './sessions.ts'
import { describeWriteRight, type WriteRight } from './write-rights.ts'

/** The fence that takes the write rights of accounts away. Kept by the server: it outlives restarts of both sides. */
export interface AccountFence {
  observe(spec: AccountFenceSpec, signal: AbortSignal): Promise<readonly AccountState[]>
  raise(spec: AccountFenceSpec, signal: AbortSignal): Promise<void>
  lower(spec: AccountFenceSpec, image: readonly AccountState[], signal: AbortSignal): Promise<void>
  /** What keeps the fence from being up, one line each; empty: it is up. */
  gaps(spec: AccountFenceSpec, signal: AbortSignal): Promise<readonly string[]>
  /** True: this process has seen everything that began before the fence end. A fence in doubt must be raised again. */
  oldWritersEnded(spec: AccountFenceSpec): boolean
}

export function createAccountFence(session: ServerSession): AccountFence {
  // Which sessions are older than the fence is known only to the process that raised it.
  const raised = new Map<string, FencedSessions>()
  const ended = new Set<string>()
  const observed = new Map<string, readonly OpenRight[]>()
  const keyOf = (spec: AccountFenceSpec): string => JSON.stringify([spec.accounts, spec.tables])
  let forLocks: Connection | undefined
  const locker = (): Connection => (forLocks ??= session.openConnection())
  // Not the one that locks: it is within a transaction, and would see the accounts as they were.
  let beside: Connection | undefined
  const secondSession = (): ServerSession => ({
    ...session,
    connection: (beside ??= session.openConnection()),
  })
  return {
    async observe(spec, signal) {
      // Opened here, so that they are there when users wait for them.
      for (const each of [locker(), secondSession().connection]) await each.keepReady(signal)
      const images = await observeAccounts(session, spec, signal)
      observed.set(keyOf(spec), await readOpenRights(session, spec, signal))
      return images
    },
    async raise(spec, signal) {
      // Beside the rest and over another session: users may be waiting.
      const unnamed = refuseUnnamedWriters(secondSession(), spec, signal)
      unnamed.catch(() => undefined) // awaited below
      const changed = await takeWriteRights(session, spec, observed.get(keyOf(spec)), signal)
      await unnamed
      const known = changed ? undefined : raised.get(keyOf(spec))
      const fenced = known ?? (await markFenced(session, signal))
      raised.set(keyOf(spec), fenced)
      await endOldWriters(session, spec, fenced, locker(), signal)
      ended.add(keyOf(spec))
    },
    async lower(spec, image, signal) {
      raised.delete(keyOf(spec))
      ended.delete(keyOf(spec))
      for (const account of image) await restoreAccount(session, account, signal)
      await renewSessions(session, spec, signal)
    },
    async gaps(spec, signal) {
      const rights = await findOpenRights(session, spec, signal)
      const everybody = { newestOld: Number.MAX_SAFE_INTEGER, sinceMs: undefined }
      const known = raised.get(keyOf(spec))
      const sessions = await describeOldSessions(session, spec, known ?? everybody, signal)
      return [...rights, ...sessions]
    },
    oldWritersEnded: (spec) => ended.has(keyOf(spec)),
  }
}

async function markFenced(session: ServerSession, signal: AbortSignal): Promise<FencedSessions> {
  const newestOld = await readNewestSessionId(session, signal)
  return { newestOld, sinceMs: session.clock.monotonicMs() }
}

/**
 * Revokes until a fresh look shows no write right.
 * @param observed rights that can be taken without touching others; when there are any others now, that is looked at anew.
 * @returns whether anything had to be revoked.
 */
async function takeWriteRights(
  session: ServerSession,
  spec: AccountFenceSpec,
  observed: readonly OpenRight[] | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  let changed = false
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const open = await readOpenRights(session, spec, signal)
    if (!changed && !isDeepStrictEqual(open, observed)) await observeAccounts(session, spec, signal)
    if (open.length === 0) return changed
    changed = true
    await revokeAll(session, open, signal)
  }
  const left = await findOpenRights(session, spec, signal)
  if (left.length === 0) return changed
  throw new CutoverError('verify.failed', `${formatAddress(session.address)}: ${left.join('; ')}`, {
    hint: 'Somebody grants these rights again: find out who, then run this once more.',
  })
}

interface OpenRight {
  readonly account: AccountFenceSpec['accounts'][number]
  readonly right: WriteRight
}

async function readOpenRights(
  session: ServerSession,
  spec: AccountFenceSpec,
  signal: AbortSignal,
): Promise<readonly OpenRight[]> {
  const open: OpenRight[] = []
  for (const account of spec.accounts) {
    const rights = await readWriteRights(session, account, spec.tables, signal)
    open.push(...rights.map((right) => ({ account, right })))
  }
  return open
}

async function revokeAll(
  session: ServerSession,
  open: readonly OpenRight[],
  signal: AbortSignal,
): Promise<void> {
  for (const { account, right } of open) {
    try {
      await revokePrivileges(session, account, right.object, namesToRevoke(session, right), signal)
    } catch (error) {
      // The next look at the grants tells whether it happened.
      if (!isCutoverError(error) || error.code !== 'system.ambiguous') throw error
    }
  }
}

function namesToRevoke(session: ServerSession, { object, privileges }: WriteRight): WriteRight['privileges'] {
  if (!privileges.some(({ name }) => name === 'ALL PRIVILEGES')) return privileges
  return allWrites(object.level, session.identity.flavour).map((name) => ({ name }))
}

async function findOpenRights(
  session: ServerSession,
  spec: AccountFenceSpec,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const open = await readOpenRights(session, spec, signal)
  return open.map(({ account, right }) => `${formatAccountName(account)} has ${describeWriteRight(right)}`)
}

async function describeOldSessions(
  session: ServerSession,
  spec: AccountFenceSpec,
  fenced: FencedSessions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { inFencedSchema } = await findOldWriters(session, spec, fenced, signal)
  return inFencedSchema.map(
    (each) =>
      `session ${each.id} of ${each.user}@${each.host} is ${fenced.sinceMs === undefined ? 'perhaps ' : ''}older than the fence and works in ${each.schema}`,
  )
}
