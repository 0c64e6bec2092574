import type { Clock } from '../../core/ports/clock.ts'
import type { Admit } from './guard-ports.ts'

/** An answer that was asked for longer ago than this admits nothing, milliseconds. */
const freshForMs = 300
/** Between two questions while deeds may follow each other, milliseconds. */
const askEveryMs = 100
/** So long after a deed another one is expected, milliseconds: longer than the lead of a hold. */
const expectedForMs = 10_000

/** Asks ahead. Disposed of, it asks no more. */
export interface WarmAdmit extends Disposable {
  readonly admit: Admit
}

interface Moment {
  readonly monotonicMs: number
  readonly wallMs: number
}

/**
 * Lets a deed pass by an answer that was asked for a moment ago, so that users do not wait for the question as well.
 *
 * Only for statements: whoever breaks the lock ends the sessions that were open then, and a new session is admitted by
 * a question of its own. A process that was stopped wakes up with an answer that is too old by one of the two clocks.
 */
export function createWarmAdmit(check: Admit, clock: Clock): WarmAdmit {
  const over = new AbortController()
  let held: Moment | undefined
  let failedMs = -Infinity
  let lastDeedMs = -Infinity
  let isWarming = false

  const now = (): Moment => ({ monotonicMs: clock.monotonicMs(), wallMs: clock.now().getTime() })

  function isFresh(): boolean {
    if (held === undefined) return false
    const { monotonicMs, wallMs } = now()
    return monotonicMs - held.monotonicMs < freshForMs && Math.abs(wallMs - held.wallMs) < freshForMs
  }

  async function ask(signal: AbortSignal): Promise<void> {
    const asked = now()
    try {
      await check(signal)
    } catch (error) {
      held = undefined
      failedMs = clock.monotonicMs()
      throw error
    }
    // A question from before another one failed has learnt nothing of why.
    if (asked.monotonicMs >= failedMs) held = asked
  }

  async function keepWarm(): Promise<void> {
    if (isWarming) return
    isWarming = true
    try {
      while (clock.monotonicMs() - lastDeedMs < expectedForMs) {
        await clock.sleep(askEveryMs, over.signal)
        await ask(over.signal)
      }
    } catch {
      // The next deed asks for itself, and hears why.
    } finally {
      isWarming = false
    }
  }

  return {
    async admit(signal) {
      if (!isFresh()) await ask(signal)
      lastDeedMs = clock.monotonicMs()
      if (!over.signal.aborted) void keepWarm()
    },
    [Symbol.dispose]: () => over.abort(),
  }
}
