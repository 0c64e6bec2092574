import { randomBytes } from 'node:crypto'
import type { SessionRules } from '../../databases/server-session.ts'
import type { Admissions } from './guard-ports.ts'

/**
 * The lock of this process as everything that was opened before it was taken sees it: while the run is planned nothing
 * is asked, from then on every deed and every new session asks.
 */
export interface LateLock extends SessionRules, Admissions {
  /** @param held throw when this process must not act any more. They are asked until the process ends. */
  hold(held: Admissions): void
}

export function createLateLock(): LateLock {
  let held: Admissions | undefined
  return {
    lockId: randomBytes(6).toString('hex'),
    admit: async (signal) => held?.admit(signal),
    admitStatement: async (signal) => held?.admitStatement(signal),
    hold(admissions) {
      held = admissions
    },
  }
}
