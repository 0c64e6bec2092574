import { openConfigCenter } from '../../config-centers/open-config-center.ts'
import { isCenterSpec } from '../../core/center-specs.ts'
import type { LockBreak } from '../../core/lock-record.ts'
import type { Playbook } from '../../core/playbook.ts'
import type { ConfigCenter, Secrets } from '../../core/ports/index.ts'
import { systemClock } from '../../core/system-clock.ts'
import { openLockView, type SeenLock } from '../../databases/break-run-lock.ts'
import type { DatabaseSpec } from '../../core/system-specs.ts'
import { named } from '../open-systems.ts'
import { centerLocks } from './run-locks.ts'

/** One place that has a lock: a server, or the document of a service. */
export interface LockPlace {
  readonly where: string
  look(signal: AbortSignal): Promise<SeenLock>
  /** Takes the lock from its run; nobody else gets it before `freeBroken`. */
  breakOpen(how: LockBreak, signal: AbortSignal): Promise<void>
  freeBroken(how: LockBreak, signal: AbortSignal): Promise<void>
  /** Ends the sessions of the process that took this lock; absent where there are none. */
  endSessions?(lockId: string, signal: AbortSignal): Promise<number>
}

export interface LockViews extends AsyncDisposable {
  readonly places: readonly LockPlace[]
}

/**
 * All places of a playbook, for somebody who holds no lock. A server is connected to when it is looked at, so that one
 * that is away does not hide the others.
 */
export async function openLockViews(
  playbook: Playbook,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<LockViews> {
  const open: AsyncDisposable[] = []
  const servers: LockPlace[] = []
  const centers = new Map<string, ConfigCenter>()
  for (const [name, spec] of Object.entries(playbook.systems)) {
    if (spec.kind === 'database') servers.push(serverPlace(name, spec, secrets, open))
    if (!isCenterSpec(spec)) continue
    const center = await openConfigCenter(name, spec, secrets, systemClock)
    open.push(center)
    centers.set(name, center)
  }
  signal.throwIfAborted()
  const documents = centerLocks({ playbook, center: (name) => named(centers, name) }).map(
    (lock): LockPlace => ({
      where: lock.where,
      look: async (signal) => ({ record: await lock.look(signal), session: undefined }),
      breakOpen: (how, signal) => lock.breakOpen(how, signal),
      freeBroken: (how, signal) => lock.freeBroken(how, signal),
    }),
  )
  return {
    places: [...servers, ...documents],
    async [Symbol.asyncDispose]() {
      await Promise.all(open.map((each) => each[Symbol.asyncDispose]()))
    },
  }
}

function serverPlace(name: string, spec: DatabaseSpec, secrets: Secrets, open: AsyncDisposable[]): LockPlace {
  const view = openLockView(name, spec, secrets, systemClock)
  open.push(view)
  return {
    where: view.where,
    look: (signal) => view.look(signal),
    breakOpen: (how, signal) => view.breakRow(how, signal),
    freeBroken: (how, signal) => view.freeBroken(how, signal),
    endSessions: (lockId, signal) => view.endSessions(lockId, signal),
  }
}
