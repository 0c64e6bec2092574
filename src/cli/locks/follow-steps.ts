import { startDeadline } from '../../core/deadline.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { ServerLock } from '../../databases/run-lock.ts'

/** Longest time for writing down one item, milliseconds. */
const noteWithinMs = 10_000

/** An item is written down when the run has been at it for so long, milliseconds: quick ones nobody reads in time. */
const lastingMs = 250

/** Disposed of, it writes nothing any more. */
export interface Follower extends Disposable {
  /** The run is at this item now. Never throws. */
  follow(step: string): void
}

/**
 * Writes down the item the run is at when it stays there. While users wait, the items follow each other within
 * milliseconds, and the lock's sessions and the servers' disks are left alone.
 */
export function createFollower(servers: readonly Pick<ServerLock, 'follow'>[], clock: Clock): Follower {
  const over = new AbortController()
  let wanted: string | undefined
  let busy = false
  let cancel = (): void => undefined
  const write = async (): Promise<void> => {
    if (busy) return
    busy = true
    while (wanted !== undefined) {
      const step = wanted
      wanted = undefined
      using deadline = startDeadline(clock, noteWithinMs, 'noting the step', over.signal)
      // For people to look at; a server that cannot write it now misses one.
      await Promise.allSettled(servers.map((lock) => lock.follow(step, deadline.signal)))
    }
    busy = false
  }
  return {
    follow(step) {
      cancel()
      if (over.signal.aborted) return
      cancel = clock.after(lastingMs, () => {
        wanted = step
        void write()
      })
    },
    [Symbol.dispose]() {
      cancel()
      wanted = undefined
      over.abort()
    },
  }
}
