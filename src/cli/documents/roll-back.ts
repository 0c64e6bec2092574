import { randomBytes } from 'node:crypto'
import { startDeadline } from '../../core/deadline.ts'
import { CutoverError, isCutoverError, toCutoverError, type ErrorCode } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type {
  ConfigCenter,
  DocumentRef,
  Expectation,
  StoredDocument,
} from '../../core/ports/config-center.ts'
import type { CenterLock } from '../locks/center-lock.ts'

/** Longest time for the write and until every client reads it, milliseconds. */
const writeWithinMs = 60_000
/** Of its own, so that the lock is let go of although time is up, milliseconds. */
const freeWithinMs = 15_000

/** After these the document is as it was. */
const nothingChanged: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'conflict',
  'locked',
  'system.refused',
  'system.unreachable',
  'system.forbidden',
  'system.unauthenticated',
])

export interface RollBack {
  /** Of the service. */
  readonly lock: CenterLock
  readonly center: ConfigCenter
  readonly ref: DocumentRef
  readonly content: string
  /** What the document must be now. */
  readonly expect: Expectation
  /** `user@host pid 7` */
  readonly by: string
  readonly reason: string
  readonly clock: Clock
  /** Told what the operator should know, one line each. */
  readonly say: (text: string) => void
}

export type RolledBack =
  | { readonly done: true; readonly stored: StoredDocument }
  /** It was sent, and what is true now is not known for certain, or not everybody reads it yet. */
  | { readonly done: false; readonly failure: CutoverError }

/**
 * Writes an earlier text over the document by compare-and-set and reads it back, under the lock of its service: a run that
 * is at work, stopped or stranded has that lock, and none can begin meanwhile.
 * @throws CutoverError `locked` naming the run; whatever else is thrown, the document is as it was.
 */
export async function rollBack(wish: RollBack, signal: AbortSignal): Promise<RolledBack> {
  const { lock, ref, clock, by, reason } = wish
  using deadline = startDeadline(clock, writeWithinMs, `rolling ${ref.dataId} back`, signal)
  const lockId = randomBytes(6).toString('hex')
  // Nobody is asked whether that run is over: taking its lock is for runs, and for cutover unlock.
  const holder = {
    lockId,
    runId: `rollback-${lockId}`,
    by,
    reason,
    epoch: 0,
    isOver: () => Promise.resolve(false),
  }
  await lock.claim(holder, clock.now().toISOString(), deadline.signal)
  try {
    return await write(wish, deadline.signal)
  } finally {
    using last = startDeadline(clock, freeWithinMs, 'letting go of the lock', new AbortController().signal)
    // What became of the document is told all the same.
    await lock.free(lockId, last.signal).catch((error: unknown) => {
      wish.say(`${lock.where} still names this command (lock id ${lockId}): ${toCutoverError(error).message}`)
    })
  }
}

async function write({ center, ref, content, expect }: RollBack, signal: AbortSignal): Promise<RolledBack> {
  try {
    const stored = await center.put(ref, content, { expect }, signal)
    await center.awaitVisible(ref, stored.etag, signal)
    const now = await center.get(ref, signal)
    if (now?.content === content) return { done: true, stored: now }
    return { done: false, failure: overwritten(ref) }
  } catch (error) {
    if (isCutoverError(error) && nothingChanged.has(error.code)) throw error
    return { done: false, failure: toCutoverError(error) }
  }
}

function overwritten(ref: DocumentRef): CutoverError {
  return new CutoverError(
    'conflict',
    `${ref.dataId} was rolled back, and somebody has changed it again since`,
    {
      hint: 'Look at its history: cutover document history.',
    },
  )
}
