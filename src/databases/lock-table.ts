import {
  anotherLock,
  beingBroken,
  brokenBy,
  freed,
  freedByBreak,
  freeLock,
  requireFree,
  takenBy,
  type LockBreak,
  type LockRecord,
  type LockWish,
} from '../core/lock-record.ts'
import { CutoverError } from '../core/errors.ts'
import type { Connection } from './connection.ts'
import { createLockRows } from './lock-rows.ts'
import { formatAddress, type ServerAddress } from './server-address.ts'

/** The kit's lock of one server: the row of that server, through one session. */
export interface LockTable {
  /** Undefined: no run ever was on this server. */
  read(signal: AbortSignal): Promise<LockRecord | undefined>
  /**
   * Takes the lock when it is free or its run is this one or over.
   * @returns the record as it is now and as it was before; `written: false`: the server refuses writes, and nothing was.
   * @throws CutoverError `locked` naming who holds it.
   */
  claim(wish: LockWish, at: string, signal: AbortSignal): Promise<Claim>
  /** Lets go of it when it is still `lockId`. False: the server refuses writes. */
  free(lockId: string, signal: AbortSignal): Promise<boolean>
  /**
   * Takes it from its run when it is still `how.lockId`; nobody else gets it before `freeBroken`.
   * @throws CutoverError `conflict`, `system.refused` (read-only).
   */
  breakOpen(how: LockBreak, signal: AbortSignal): Promise<void>
  /** Makes it free under the new id, when it is still being broken. */
  freeBroken(how: LockBreak, signal: AbortSignal): Promise<void>
  /** What the run is doing. */
  step(lockId: string, step: string, at: string, signal: AbortSignal): Promise<void>
}

export interface Claim {
  readonly before: LockRecord
  readonly now: LockRecord
  readonly written: boolean
}

export function createLockTable(connection: Connection, address: ServerAddress, server: string): LockTable {
  const where = formatAddress(address)
  const rows = createLockRows(connection, server)
  return {
    read: (signal) => rows.read(signal),
    async claim(wish, at, signal) {
      for (;;) {
        const writable = (await rows.read(signal)) !== undefined || (await rows.make(signal))
        const before = (await rows.read(signal)) ?? freeLock
        await requireFree(before, wish, where)
        const written = writable && (await rows.set(before, takenBy(before, wish, at), signal))
        if (!written) return { before, now: before, written: false }
        const now = await rows.read(signal)
        // Else somebody was quicker, and is looked at in turn.
        if (now?.lockId === wish.lockId) return { before, now, written: true }
      }
    },
    async free(lockId, signal) {
      const before = (await rows.read(signal)) ?? freeLock
      const after = freed(before, lockId)
      return after === undefined || (await rows.set(before, after, signal))
    },
    async breakOpen(how, signal) {
      const before = (await rows.read(signal)) ?? freeLock
      if (!(await rows.set(before, brokenBy(before, how, where), signal))) throw readOnly(where)
      const now = (await rows.read(signal)) ?? freeLock
      if (now.lockId !== how.lockId || now.runId !== beingBroken) throw anotherLock(now, how.lockId, where)
    },
    async freeBroken(how, signal) {
      const before = (await rows.read(signal)) ?? freeLock
      const after = freedByBreak(before, how)
      if (after && !(await rows.set(before, after, signal))) throw readOnly(where)
    },
    step: (lockId, step, at, signal) => rows.step(lockId, step, at, signal),
  }
}

function readOnly(where: string): CutoverError {
  return new CutoverError('system.refused', `${where} refuses writes, so its lock's row stays as it is`, {
    where,
    hint: 'On MySQL, SET GLOBAL super_read_only = 0 lets the kit write, and services stay out as long as read_only is on.',
  })
}
