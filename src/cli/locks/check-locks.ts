import { orAborted, startDeadline } from '../../core/deadline.ts'
import { CutoverError, isCutoverError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { LockAnswer, ServerLock } from '../../databases/run-lock.ts'

/** The part of a server's lock that is asked. */
export type AskedLock = Pick<ServerLock, 'where' | 'check'>

/** Longest time for one question whether the lock is still held, milliseconds. */
const askWithinMs = 10_000
/** When one server has proved it, so long is waited for the others' word, milliseconds. */
const othersWithinMs = 300
/** An answer that is older than this when it is looked at is no answer: the process was stopped meanwhile. Milliseconds. */
const freshForMs = 3_000

/**
 * Resolves when this process holds its lock now.
 * @throws CutoverError `locked` when it does not, `system.unreachable` when no server can be asked.
 */
export async function checkLocks(
  servers: readonly AskedLock[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const askedAt = clock.now().getTime()
    const askedMs = clock.monotonicMs()
    try {
      await askAll(servers, clock, signal)
    } catch (error) {
      if (isCutoverError(error) && error.code === 'deadline' && !signal.aborted) {
        // A process that was stopped wakes up to a deadline that has passed: nobody had the time to answer.
        if (clock.monotonicMs() - askedMs > askWithinMs + freshForMs) continue
        throw noAnswer(servers, error)
      }
      throw error
    }
    // Stopped while the answer was on its way, a process wakes up with an answer from long ago. Both clocks: the
    // monotonic one may stand still with a machine that is paused.
    const age = Math.max(clock.monotonicMs() - askedMs, clock.now().getTime() - askedAt)
    if (age < freshForMs) return
    signal.throwIfAborted()
  }
}

/**
 * Every holder has all servers. So one server that proves that this process holds it is enough, and a server that is
 * away does not keep a run from being walked back; one that knows better ends it.
 */
async function askAll(servers: readonly AskedLock[], clock: Clock, outer: AbortSignal): Promise<void> {
  if (servers.length === 0) return
  using deadline = startDeadline(clock, askWithinMs, 'asking for the lock', outer)
  let cancel = (): void => undefined
  let proved = (): void => undefined
  const patienceOver = new Promise<void>((resolve) => {
    proved = () => (cancel = clock.after(othersWithinMs, resolve))
  })
  let held = 0
  const problems: unknown[] = []
  const ask = async (lock: AskedLock): Promise<void> => {
    try {
      const answer: LockAnswer = await lock.check(deadline.signal)
      if (answer === 'held' && (held += 1) === 1) proved()
    } catch (error) {
      if (isCutoverError(error) && error.code === 'locked') throw error
      problems.push(error)
    }
  }
  try {
    await orAborted(Promise.race([Promise.all(servers.map(ask)), patienceOver]), deadline.signal)
  } finally {
    cancel()
  }
  if (held > 0) return
  throw problems[0] ?? unproven(servers)
}

/** As with a server that is away: it may answer soon. */
function noAnswer(servers: readonly AskedLock[], cause: CutoverError): CutoverError {
  const where = servers.map((lock) => lock.where).join(', ')
  return new CutoverError('system.unreachable', `${cause.message}: ${where}`, { where, cause })
}

function unproven(servers: readonly AskedLock[]): CutoverError {
  const where = servers.map((lock) => lock.where).join(', ')
  return new CutoverError('locked', `Nothing proves that this run still holds its lock on ${where}`, {
    hint: 'This process does nothing more. Take the run up again: cutover resume',
  })
}
