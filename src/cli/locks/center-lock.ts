import { CutoverError, isCutoverError } from '../../core/errors.ts'
import {
  brokenBy,
  freed,
  freedByBreak,
  freeLock,
  requireFree,
  takenBy,
  type LockBreak,
  type LockRecord,
  type LockWish,
} from '../../core/lock-record.ts'
import { readLock, writeLock } from '../../core/lock-document.ts'
import type { ConfigCenter, DocumentRef, StoredDocument } from '../../core/ports/config-center.ts'
import type { DocumentSpec } from '../../core/system-specs.ts'

/**
 * The lock of one service: a document, beside the one that holds its datasource or in another center, changed by
 * compare-and-set only. It is never removed, so that its epoch never falls.
 */
export interface CenterLock {
  /** `cutover-lock.orders.yaml in nacos` */
  readonly where: string
  /** Undefined: no run ever locked this service. */
  look(signal: AbortSignal): Promise<LockRecord | undefined>
  /** @returns the lock as it was before. @throws CutoverError `locked` naming who holds it. */
  claim(wish: LockWish, at: string, signal: AbortSignal): Promise<{ readonly before: LockRecord }>
  /** Lets go of it when it is still `lockId`. */
  free(lockId: string, signal: AbortSignal): Promise<void>
  /**
   * Takes it from its run, under a higher epoch; nobody else gets it before `freeBroken`.
   * @throws CutoverError `conflict` when it is another lock by now.
   */
  breakOpen(how: LockBreak, signal: AbortSignal): Promise<void>
  /** Makes it free under the new id, when it is still being broken. */
  freeBroken(how: LockBreak, signal: AbortSignal): Promise<void>
}

/** @param ref the document that keeps the lock. */
export function createCenterLock(
  center: ConfigCenter,
  { group, dataId }: Pick<DocumentSpec, 'group' | 'dataId'>,
): CenterLock {
  const ref: DocumentRef = { group, dataId }
  const where = `${ref.dataId} in ${center.name}`

  /** Undefined: somebody was quicker. */
  async function put(
    before: StoredDocument | null,
    record: LockRecord,
    signal: AbortSignal,
  ): Promise<StoredDocument | undefined> {
    const expect = before === null ? ('absent' as const) : { etag: before.etag }
    try {
      return await center.put(ref, writeLock(record), { expect, meta: { type: 'json' } }, signal)
    } catch (error) {
      if (isCutoverError(error) && error.code === 'conflict') return undefined
      throw error
    }
  }

  /** Made free first: not every center creates by compare-and-set, and two makers write the same. */
  async function readOrMake(signal: AbortSignal): Promise<StoredDocument | undefined> {
    return (await center.get(ref, signal)) ?? (await put(null, freeLock, signal))
  }

  /** Changes it until that was not overtaken. `change` throws when it cannot be had. */
  async function change(
    make: (now: LockRecord) => Promise<LockRecord | undefined>,
    signal: AbortSignal,
  ): Promise<{ readonly before: LockRecord }> {
    const { server, compareAndSet } = await center.capabilities(signal)
    if (compareAndSet === 'none') throw cannotKeepIt(server, where)
    for (;;) {
      signal.throwIfAborted()
      const stored = await readOrMake(signal)
      if (!stored) continue
      const before = readLock(stored.content, where)
      const next = await make(before)
      if (!next || (await put(stored, next, signal))) return { before }
    }
  }

  return {
    where,
    async look(signal) {
      const stored = await center.get(ref, signal)
      return stored ? readLock(stored.content, where) : undefined
    },
    claim: (wish, at, signal) =>
      change(async (now) => {
        await requireFree(now, wish, where)
        return takenBy(now, wish, at)
      }, signal),
    async free(lockId, signal) {
      await change(async (now) => freed(now, lockId), signal)
    },
    async breakOpen(how, signal) {
      await change(async (now) => brokenBy(now, how, where), signal)
    },
    async freeBroken(how, signal) {
      await change(async (now) => freedByBreak(now, how), signal)
    },
  }
}

/** Two runs could both believe that they took it. */
function cannotKeepIt(server: string, where: string): CutoverError {
  return new CutoverError(
    'system.unsupported',
    `${server} has no compare-and-set: ${where} cannot be a lock`,
    {
      where,
      hint: 'Add lock: to the service in the playbook, with a document in a config center of another kind.',
    },
  )
}
