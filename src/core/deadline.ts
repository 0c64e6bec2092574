import { CutoverError } from './errors.ts'
import type { Clock } from './ports/clock.ts'

/** A bounded wait: `signal` fires at the deadline or when the outer signal fires. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
  remainingMs(): number
}

/**
 * Starts a deadline on the monotonic clock.
 * The signal's reason is a CutoverError `deadline` that names `what`, or the outer signal's own reason.
 */
export function startDeadline(clock: Clock, ms: number, what: string, outer: AbortSignal): Deadline {
  const controller = new AbortController()
  const endsAt = clock.monotonicMs() + ms
  const cancel = clock.after(ms, () => {
    controller.abort(new CutoverError('deadline', `${what} did not finish within ${formatMs(ms)}`))
  })
  const forward = (): void => controller.abort(outer.reason)
  if (outer.aborted) forward()
  else outer.addEventListener('abort', forward, { once: true })
  return {
    signal: controller.signal,
    remainingMs: () => Math.max(0, endsAt - clock.monotonicMs()),
    [Symbol.dispose]() {
      cancel()
      outer.removeEventListener('abort', forward)
    },
  }
}

/** Settles like `promise`, or rejects with the signal's reason as soon as it fires. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    // Nobody will look at it any more; without this its failure would end the process.
    promise.catch(() => undefined)
    throw signal.reason
  }
  let stop = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** `850 ms`, `2.4 s`, `3 min 05 s`, `2 h 10 min`. */
export function formatMs(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s`
  if (ms >= 3_600_000) {
    const wholeMinutes = Math.floor(ms / 60_000)
    return `${Math.floor(wholeMinutes / 60)} h ${String(wholeMinutes % 60).padStart(2, '0')} min`
  }
  const minutes = Math.floor(ms / 60_000)
  const seconds = Math.round((ms % 60_000) / 1000)
  return `${minutes} min ${String(seconds).padStart(2, '0')} s`
}
