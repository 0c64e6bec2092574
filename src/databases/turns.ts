import { orAborted } from '../core/deadline.ts'

/** Lets one piece of work run at a time, in the order of arrival: a session of MySQL does one thing at a time. */
export interface Turns {
  /** Runs `work` when all earlier work has settled. Leaves the queue with the signal's reason. */
  take<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>
}

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve()
  return {
    async take(work, signal) {
      const before = last
      let done = (): void => undefined
      const mine = new Promise<void>((resolve) => {
        done = resolve
      })
      // Whoever comes next waits for those before us too, even when we leave early.
      last = before.then(() => mine)
      try {
        await orAborted(before, signal)
        return await work()
      } finally {
        done()
      }
    },
  }
}
