import { randomBytes } from 'node:crypto'
import type { SessionRules } from '../../databases/server-session.ts'

/**
 * The lock of this process as everything that was opened before it was taken sees it: while the run is planned nothing
 * is asked, from then on every deed and every new session asks.
 */
export interface LateLock extends SessionRules {
  /** @param check throws when this process must not act any more. It is asked until the process ends. */
  hold(check: (signal: AbortSignal) => Promise<void>): void
}

export function createLateLock(): LateLock {
  let ask: ((signal: AbortSignal) => Promise<void>) | undefined
  return {
    lockId: randomBytes(6).toString('hex'),
    admit: async (signal) => ask?.(signal),
    hold(check) {
      ask = check
    },
  }
}
