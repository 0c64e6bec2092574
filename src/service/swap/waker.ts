import type { Clock } from '../../core/ports/clock.ts'

/** Lets one loop wait until its time has come or somebody wakes it. */
export interface Waker {
  /** Ends the present wait, or the next one at once. */
  wake(): void
  /** Never rejects: when the signal fires it just ends. @param ms undefined: until woken. */
  wait(ms: number | undefined, signal: AbortSignal): Promise<void>
}

/** A waker whose time is that of the clock. */
export function createWaker(clock: Clock): Waker {
  let woken = false
  let end: (() => void) | undefined
  return {
    wake() {
      woken = true
      end?.()
    },
    async wait(ms, signal) {
      if (!woken && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const finish = (): void => {
            cancel?.()
            signal.removeEventListener('abort', finish)
            end = undefined
            resolve()
          }
          const cancel = ms === undefined ? undefined : clock.after(ms, finish)
          signal.addEventListener('abort', finish, { once: true })
          end = finish
        })
      }
      woken = false
    },
  }
}
