import { startDeadline } from '../../core/deadline.ts'
import { isCutoverError, toCutoverError } from '../../core/errors.ts'
import { describeBreak, freedElsewhere, type LockRecord, type LockWish } from '../../core/lock-record.ts'
import { lockPlaceOf } from '../../core/lock-document.ts'
import type { Playbook } from '../../core/playbook.ts'
import type { Clock, ConfigCenter, Secrets } from '../../core/ports/index.ts'
import { openServerLock, type ServerLock } from '../../databases/run-lock.ts'
import { createCenterLock, type CenterLock } from './center-lock.ts'
import { checkLocks } from './check-locks.ts'
import { createFollower } from './follow-steps.ts'
import type { Admissions, Admit } from './guard-ports.ts'
import { createWarmAdmit } from './warm-admit.ts'

/** Longest time for taking or letting go of all locks, milliseconds. Dead runners are waited for 5 s per server. */
const takeWithinMs = 60_000
const freeWithinMs = 15_000

export interface RunLocksOptions {
  readonly playbook: Playbook
  readonly secrets: Secrets
  readonly center: (name: string) => ConfigCenter
  readonly clock: Clock
  readonly wish: Omit<LockWish, 'epoch'>
  /** True: the run has been here before, so a center that is away can be done without. */
  readonly takenUp: boolean
  /** Told what the operator should know, one line each. */
  readonly say: (text: string) => void
}

/** The locks of one run on everything it touches. */
export interface RunLocks extends Admissions, AsyncDisposable {
  /** Higher than any this run or another one had here before. */
  readonly epoch: number
  /** Are they held now? @throws CutoverError `locked` when one is lost, `system.unreachable` when no server can be asked. */
  readonly admit: Admit
  /** Notes the item the run is at when it stays there; never throws and nobody waits for it. */
  follow(step: string): void
  /** Lets go of all of them; what cannot be written is said. Never throws. */
  free(): Promise<void>
}

/**
 * Takes the locks of a run: the sessions of all databases first, by name so that two runs cannot deadlock, then their
 * rows, then the documents of the services. Whoever comes too late has changed nothing.
 * @throws CutoverError `locked` when another run holds one; what was taken is let go of then.
 */
export async function takeRunLocks(options: RunLocksOptions, signal: AbortSignal): Promise<RunLocks> {
  using deadline = startDeadline(options.clock, takeWithinMs, 'taking the locks', signal)
  const servers: ServerLock[] = []
  const close = async (): Promise<void> => {
    for (const lock of servers.toReversed()) await lock[Symbol.asyncDispose]()
  }
  const undo: Undo = []
  try {
    await openSessions(options, servers, deadline.signal)
    const documents = centerLocks(options)
    const seen = await look(options, [...servers, ...documents], deadline.signal)
    const epoch = 1 + Math.max(0, ...seen.map((record) => record.epoch))
    const wish: LockWish = {
      ...options.wish,
      epoch,
      isOver: async (held) => freedElsewhere(held, seen) || (await options.wish.isOver(held)),
    }
    for (const lock of servers) await claimRow(options, lock, wish, undo, deadline.signal)
    for (const lock of documents) await claimDocument(options, lock, wish, undo, deadline.signal)
    return locksOn(options, servers, epoch, close)
  } catch (error) {
    await Promise.allSettled(undo.map((step) => step()))
    await close()
    throw error
  }
}

type Undo = (() => Promise<unknown>)[]

async function openSessions(
  { playbook, secrets, clock, wish }: RunLocksOptions,
  servers: ServerLock[],
  signal: AbortSignal,
): Promise<void> {
  const { lockId } = wish
  for (const [name, spec] of Object.entries(playbook.systems).sort(([a], [b]) => a.localeCompare(b))) {
    if (spec.kind !== 'database') continue
    servers.push(await openServerLock({ name, spec, secrets, clock, lockId }, signal))
  }
}

/** What all of them say before anything is taken; one that nobody ever took says nothing. */
async function look(
  { takenUp, say }: RunLocksOptions,
  locks: readonly (ServerLock | CenterLock)[],
  signal: AbortSignal,
): Promise<readonly LockRecord[]> {
  const looks = locks.map(async (lock) => {
    const record = await lock.look(signal).catch((error: unknown) => {
      if (takenUp && isAway(error)) return undefined
      throw error
    })
    if (record?.runId === '' && record.freedBy === '' && record.broken)
      say(`${lock.where}: ${describeBreak(record.broken)}`)
    return record ?? []
  })
  return (await Promise.all(looks)).flat()
}

async function claimRow(
  { say }: RunLocksOptions,
  lock: ServerLock,
  wish: LockWish,
  undo: Undo,
  signal: AbortSignal,
): Promise<void> {
  const { before, written } = await lock.claim(wish, signal)
  // A run that had it before keeps it: what it did is still there.
  if (before.runId !== wish.runId) undo.push(() => lock.free(signal))
  if (!written) say(`${lock.where} refuses writes: its lock's row stays as it is, only its session is held`)
}

async function claimDocument(
  { clock, takenUp, say }: RunLocksOptions,
  lock: CenterLock,
  wish: LockWish,
  undo: Undo,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { before } = await lock.claim(wish, clock.now().toISOString(), signal)
    if (before.runId !== wish.runId) undo.push(() => lock.free(wish.lockId, signal))
  } catch (error) {
    // The rows keep other processes of this run out, and the document says since before that it is this run's.
    if (!takenUp || !isAway(error)) throw error
    say(`${lock.where} cannot be written now: ${toCutoverError(error).message}`)
  }
}

function isAway(error: unknown): boolean {
  return isCutoverError(error) && error.code === 'system.unreachable'
}

/** One per document that keeps a lock, by name. */
export function centerLocks({
  playbook,
  center,
}: Pick<RunLocksOptions, 'playbook' | 'center'>): readonly CenterLock[] {
  const documents = Object.values(playbook.services).map(lockPlaceOf)
  const byName = new Map(documents.map((each) => [`${each.center}/${each.group}/${each.dataId}`, each]))
  return [...byName.entries()]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([, document]) => createCenterLock(center(document.center), document))
}

function locksOn(
  options: RunLocksOptions,
  servers: readonly ServerLock[],
  epoch: number,
  close: () => Promise<void>,
): RunLocks {
  const { clock, wish, say } = options
  const never = new AbortController().signal
  const admit: Admit = (signal) => checkLocks(servers, clock, signal)
  const warm = createWarmAdmit(admit, clock)
  const follower = createFollower(servers, clock)
  return {
    epoch,
    admit,
    admitStatement: warm.admit,
    follow: (step) => follower.follow(step),
    async free() {
      follower[Symbol.dispose]()
      using deadline = startDeadline(clock, freeWithinMs, 'letting go of the locks', never)
      const complain = (where: string, why: string): void =>
        say(`The lock on ${where} still names run ${wish.runId}: ${why}. The next run here takes it over.`)
      const tell = (where: string) => (error: unknown) => complain(where, toCutoverError(error).message)
      await Promise.all([
        ...centerLocks(options).map((lock) =>
          lock.free(wish.lockId, deadline.signal).catch(tell(lock.where)),
        ),
        ...servers.map(async (lock) => {
          const done = await lock.free(deadline.signal).catch(tell(lock.where))
          if (done === false) complain(lock.where, 'the server refuses writes')
        }),
      ])
    },
    async [Symbol.asyncDispose]() {
      warm[Symbol.dispose]()
      follower[Symbol.dispose]()
      await close()
    },
  }
}
