import { startDeadline } from '../../core/deadline.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { ServerLock } from '../../databases/run-lock.ts'

/** Longest time for writing down one item, milliseconds. */
const noteWithinMs = 10_000

/** The newest item is written when the one before is on its way: a run that is quick skips some. */
export function createFollower(
  servers: readonly Pick<ServerLock, 'follow'>[],
  clock: Clock,
): (step: string) => void {
  const never = new AbortController().signal
  let wanted: string | undefined
  let busy = false
  const write = async (): Promise<void> => {
    busy = true
    while (wanted !== undefined) {
      const step = wanted
      wanted = undefined
      using deadline = startDeadline(clock, noteWithinMs, 'noting the step', never)
      // For people to look at; a server that cannot write it now misses one.
      await Promise.allSettled(servers.map((lock) => lock.follow(step, deadline.signal)))
    }
    busy = false
  }
  return (step) => {
    wanted = step
    if (!busy) void write()
  }
}
