import { CutoverError } from './errors.ts'

/** Who holds the lock of a server or of a service's document, as it is written there. */
export interface LockRecord {
  /** Random; another one each time the lock is taken or broken. */
  readonly lockId: string
  /** Empty: nobody holds it. */
  readonly runId: string
  /** `user@host pid 4711` of the process that took it. */
  readonly by: string
  /** What the run is for. */
  readonly reason: string
  /** When it was taken, ISO 8601. */
  readonly since: string
  /** The item that the run was last seen at, and when; empty where that is not kept. */
  readonly step: string
  readonly stepAt: string
  /** Rises each time the lock is taken or broken, and never falls. */
  readonly epoch: number
  /** The run that let go of it last, by itself and with nothing left to do. */
  readonly freedBy: string
  /** The last time somebody broke it. */
  readonly broken?: BrokenLock | undefined
}

export interface BrokenLock {
  /** Id of the lock that was broken, and the run that held it. */
  readonly lockId: string
  readonly runId: string
  /** `user@host` of whoever broke it. */
  readonly by: string
  /** ISO 8601. */
  readonly at: string
  readonly reason: string
}

/** What a process that wants a lock writes into it. */
export interface LockWish {
  readonly lockId: string
  readonly runId: string
  readonly by: string
  readonly reason: string
  /** The lock's epoch from then on, the same everywhere: higher than any that was seen. */
  readonly epoch: number
  /** True: nothing is left to do for the run that this lock still names, so it may be taken. */
  readonly isOver: (held: LockRecord) => Promise<boolean>
}

/** What a person says who breaks a lock. */
export interface LockBreak {
  readonly lockId: string
  /** The id that the lock has from then on. */
  readonly newLockId: string
  readonly by: string
  readonly at: string
  readonly reason: string
}

export const freeLock: LockRecord = {
  lockId: '',
  runId: '',
  by: '',
  reason: '',
  since: '',
  step: '',
  stepAt: '',
  epoch: 0,
  freedBy: '',
}

/** The record after `wish` has taken the lock. */
export function takenBy(record: LockRecord, wish: LockWish, at: string): LockRecord {
  const { lockId, runId, by, reason } = wish
  const epoch = Math.max(record.epoch + 1, wish.epoch)
  return { ...record, lockId, runId, by, reason, since: at, step: '', stepAt: '', epoch, freedBy: '' }
}

/** The record after its run has let go of it; the epoch stays. Undefined: it is not this lock, or free already. */
export function freed(record: LockRecord, lockId: string): LockRecord | undefined {
  if (record.lockId !== lockId || record.runId === '') return undefined
  return { ...record, runId: '', step: '', stepAt: '', freedBy: record.runId }
}

/** Stands for the run while somebody breaks a lock: no run may take it before every session of the old one has ended. */
export const beingBroken = 'being broken'

/**
 * The record while somebody breaks the lock. It keeps its id, so that a break that was cut off is done again with it.
 * @throws CutoverError `conflict` when it is another lock by now.
 */
export function brokenBy(
  record: LockRecord,
  { lockId, by, at, reason }: LockBreak,
  where: string,
): LockRecord {
  if (record.lockId !== lockId) throw anotherLock(record, lockId, where)
  const runId = record.runId === beingBroken ? (record.broken?.runId ?? '') : record.runId
  const broken: BrokenLock = { lockId, runId, by, at, reason }
  const epoch = record.epoch + 1
  const now = { runId: beingBroken, by, since: at, reason, step: '', stepAt: '' }
  return { ...record, ...now, epoch, freedBy: '', broken }
}

export function anotherLock(record: LockRecord, lockId: string, where: string): CutoverError {
  const has = record.lockId === '' ? 'no lock' : `the lock ${record.lockId}`
  const free = record.runId === '' && record.lockId !== '' ? ', which is free' : ''
  return new CutoverError('conflict', `${where} does not have the lock ${lockId} but ${has}${free}`, {
    where,
    hint: 'Look at the locks again: cutover unlock without --lock-id shows them.',
  })
}

/** The record when that is done. Undefined: it is not being broken, or is another lock. */
export function freedByBreak(record: LockRecord, { lockId, newLockId }: LockBreak): LockRecord | undefined {
  if (record.lockId !== lockId || record.runId !== beingBroken) return undefined
  return { ...record, lockId: newLockId, runId: '' }
}

/**
 * True: its run has let go of the lock elsewhere, at this epoch or a later one, and only here it could not be written
 * down.
 */
export function freedElsewhere(held: LockRecord, others: readonly LockRecord[]): boolean {
  return others.some((other) => other.freedBy === held.runId && other.epoch >= held.epoch)
}

/** @throws CutoverError `locked` when another run holds it and still needs it. */
export async function requireFree(record: LockRecord, wish: LockWish, where: string): Promise<void> {
  if (record.runId === '' || record.runId === wish.runId || (await wish.isOver(record))) return
  throw heldByOther(record, where)
}

/**
 * @param record what its run has written; undefined: nothing yet.
 * @param live the database session that holds the lock: its process is alive, as far as the server knows.
 */
export function heldByOther(record: LockRecord | undefined, where: string, live?: string): CutoverError {
  const known = record !== undefined && record.runId !== '' ? record : undefined
  const session = live === undefined ? [] : [`${live} holds its lock`]
  const message = [...(known ? [describeHolder(known)] : []), ...session].join('; ')
  return new CutoverError('locked', `Another run works on ${where}: ${message}`, {
    where,
    hint: known ? waysOn(known, live !== undefined) : 'Wait for it to end.',
  })
}

function waysOn({ runId, lockId, broken }: LockRecord, alive: boolean): string {
  if (runId === beingBroken) {
    return `Wait for that. If it was cut off, do it again: cutover unlock ${broken?.runId ?? ''} --lock-id ${lockId} --reason "…"`
  }
  const way = alive ? 'Wait for it to end' : `cutover resume ${runId}, or cutover undo ${runId}`
  return `${way}. If that cannot be: cutover unlock ${runId} --lock-id ${lockId} --reason "…"`
}

/** `run 2026… of ann@host pid 7, since …, at fence (why)`. */
export function describeHolder({ runId, by, since, step, stepAt, reason }: LockRecord): string {
  if (runId === beingBroken) return `${by} breaks its lock since ${since} (${reason})`
  const at = step === '' ? '' : `, at ${step} since ${stepAt}`
  return `run ${runId} of ${by} since ${since}${at} (${reason})`
}

/** Who broke a lock, when and why. */
export function describeBreak({ runId, by, at, reason }: BrokenLock): string {
  return `the lock of run ${runId} was broken by ${by} at ${at}: ${reason}`
}

/** The lock `lockId` of this process is not there any more; nothing may be done from here. */
export function lockLost(record: LockRecord, lockId: string, where: string): CutoverError {
  const why =
    record.broken?.lockId === lockId
      ? describeBreak(record.broken)
      : record.runId === ''
        ? 'it is free, and this run does not hold it'
        : describeHolder(record)
  return new CutoverError('locked', `This run has lost its lock on ${where}: ${why}`, {
    where,
    hint: 'This process does nothing more. Look at what the run is now: cutover report',
  })
}
