import { startDeadline } from '../core/deadline.ts'
import type { FailureRecord } from '../core/journal-entry.ts'
import type { PlaybookStep } from '../core/playbook.ts'
import { contextFor, failureOf, rethrowLost, type Run } from './run.ts'
import { settleByLooking } from './run-step.ts'

/**
 * Somebody says that a failed step is done. Nobody's word is enough: its `verify` decides.
 * @returns why it is not.
 */
export async function markDone(run: Run, step: PlaybookStep, by: string): Promise<FailureRecord | undefined> {
  using deadline = startDeadline(run.clock, step.deadlineMs, `the look at ${step.id}`, run.steering.forStep())
  try {
    await settleByLooking(run, step, contextFor(run, step.id, deadline.signal), by)
    return undefined
  } catch (error) {
    rethrowLost(run, error)
    return failureOf(error, deadline.signal)
  }
}
