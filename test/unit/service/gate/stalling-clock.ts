import type { Clock } from '../../../../src/core/ports/clock.ts'

/** A clock on which time can pass without a timer firing, as when the event loop or the process stands still. */
export interface StallingClock extends Clock {
  /** Time passes and each timer fires when it is due. */
  advance(ms: number): void
  /** Time passes and nothing fires. */
  stall(ms: number): void
  /** What is due fires late. */
  catchUp(): void
  /** How many timers are waiting. */
  readonly pending: number
}

export function createStallingClock(): StallingClock {
  const timers = new Map<object, { readonly at: number; readonly fire: () => void }>()
  let nowMs = 0

  function catchUp(): void {
    const due = [...timers].filter(([, { at }]) => at <= nowMs).sort(([, a], [, b]) => a.at - b.at)
    const next = due[0]
    if (next === undefined) return
    timers.delete(next[0])
    next[1].fire()
    catchUp()
  }

  return {
    now: () => new Date(nowMs),
    monotonicMs: () => nowMs,
    sleep: () => Promise.reject(new Error('Nobody sleeps here.')),
    after(ms, fire) {
      const timer = {}
      timers.set(timer, { at: nowMs + ms, fire })
      return () => timers.delete(timer)
    },
    advance(ms) {
      const until = nowMs + ms
      for (;;) {
        const next = Math.min(...[...timers.values()].map(({ at }) => at))
        if (next > until) break
        nowMs = Math.max(nowMs, next)
        catchUp()
      }
      nowMs = until
    },
    stall(ms) {
      nowMs += ms
    },
    catchUp,
    get pending() {
      return timers.size
    },
  }
}
