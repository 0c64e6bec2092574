import { CutoverError } from '../core/errors.ts'
import type { SyncStatus } from '../core/ports/sync-task.ts'
import type { StepContext } from '../core/step.ts'

export type SyncState = SyncStatus['state']

/** How long a task that was started may take to reach what it reads from, milliseconds. */
const connectWithinMs = 20_000
const lookEveryMs = 200

/** True: it carries nothing. A task that failed may still be carrying something, or try again by itself. */
export function isStill(state: SyncState): boolean {
  return state === 'stopped' || state === 'missing'
}

/**
 * Waits until a task that was just started is connected.
 * @throws CutoverError `system.refused` when it fails, or is not connected in time.
 */
export async function untilSyncRuns(context: StepContext, name: string): Promise<void> {
  const sync = context.ports.sync(name)
  const { clock } = context.ports
  const giveUpAt = clock.monotonicMs() + connectWithinMs
  for (;;) {
    const { state, error, connecting } = await sync.status(context.signal)
    if (state === 'running' && connecting !== true) return
    if (state === 'failed') {
      throw new CutoverError('system.refused', `sync ${name} does not start: ${error ?? 'no reason given'}`, {
        where: name,
        hint: `Repair the sync from ${sync.from} to ${sync.to}, then do this again.`,
      })
    }
    if (clock.monotonicMs() >= giveUpAt) {
      throw new CutoverError(
        'system.refused',
        `sync ${name} was started and does not come up: it ${state === 'running' ? `has no connection to ${sync.from}` : `is ${state}`}`,
        {
          where: name,
          hint: `Look at its account on ${sync.from} and at the network from ${sync.to} to it.`,
        },
      )
    }
    await clock.sleep(lookEveryMs, context.signal)
  }
}
