import type { Clock } from '../../core/ports/clock.ts'

export interface Arrivals {
  readonly perSecond: number
  /** Monotonic milliseconds of the first arrival. */
  readonly startMs: number
  /** Called once per arrival with the moment it was meant for; must not wait. */
  readonly fire: (intendedMs: number, number: number) => void
}

/**
 * An open loop: arrival n is due at start + n / rate whatever happened to the ones before. A process that was held up
 * fires everything that is overdue with its own intended time, so a stall shows in the latency instead of vanishing.
 */
export async function runArrivals(clock: Clock, arrivals: Arrivals, signal: AbortSignal): Promise<void> {
  if (arrivals.perSecond <= 0) return
  for (let number = 0; ; number += 1) {
    const intended = arrivals.startMs + (number * 1000) / arrivals.perSecond
    while (clock.monotonicMs() < intended) {
      if (!(await slept(clock, intended - clock.monotonicMs(), signal))) return
    }
    if (signal.aborted) return
    arrivals.fire(intended, number)
  }
}

async function slept(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal)
    return true
  } catch {
    return false // the only reason to end a sleep early is the end of the load
  }
}
