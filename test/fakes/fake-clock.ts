import type { Clock } from '../../src/core/ports/clock.ts'

/** A clock that only moves when the test says so. */
export interface FakeClock extends Clock {
  /** Moves time; timers that become due fire in order, and whatever they wake up runs in between. */
  advance(ms: number): Promise<void>
  /** Moves time from timer to timer until the promise settles; returns or throws what it did. */
  drive<T>(promise: Promise<T>): Promise<T>
  /** Moves the wall clock alone, as a correction of the time does; the monotonic clock goes on. */
  jump(ms: number): void
  /** How many timers are waiting. A run that ended should leave none. */
  readonly pending: number
}

interface Timer {
  readonly at: number
  readonly order: number
  readonly fire: () => void
}

/** @param startAt the wall clock at its beginning; the monotonic clock begins at 0. */
export function createFakeClock(startAt = new Date('2026-11-21T02:00:00.000Z')): FakeClock {
  const timers = new Set<Timer>()
  let nowMs = 0
  let jumpedMs = 0
  let order = 0

  function after(ms: number, fire: () => void): () => void {
    order += 1
    const timer: Timer = { at: nowMs + Math.max(0, ms), order, fire }
    timers.add(timer)
    return () => timers.delete(timer)
  }

  function next(): Timer | undefined {
    return [...timers].sort((a, b) => a.at - b.at || a.order - b.order)[0]
  }

  function fire(timer: Timer): void {
    timers.delete(timer)
    nowMs = Math.max(nowMs, timer.at)
    timer.fire()
  }

  return {
    now: () => new Date(startAt.getTime() + nowMs + jumpedMs),
    jump(ms) {
      jumpedMs += ms
    },
    monotonicMs: () => nowMs,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted()
        const stop = (): void => {
          cancel()
          reject(signal.reason as Error)
        }
        const cancel = after(ms, () => {
          signal.removeEventListener('abort', stop)
          resolve()
        })
        signal.addEventListener('abort', stop, { once: true })
      }),
    async advance(ms) {
      const until = nowMs + ms
      await idle()
      for (let timer = next(); timer && timer.at <= until; timer = next()) {
        fire(timer)
        await idle()
      }
      nowMs = until
    },
    async drive(promise) {
      const watched = { settled: false }
      const done = promise.finally(() => {
        watched.settled = true
      })
      done.catch(() => undefined) // awaited below; until then it must not count as unhandled
      for (await idle(); !watched.settled; await idle()) {
        const timer = next()
        if (timer) fire(timer)
      }
      return done
    },
    get pending() {
      return timers.size
    },
  }
}

/** Lets every promise chain that can go on do so: a turn of the event loop empties the microtask queue. */
async function idle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
