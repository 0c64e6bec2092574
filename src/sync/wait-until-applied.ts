import type { Clock } from '../core/ports/clock.ts'
import type { Applied, SyncStatus } from '../core/ports/sync-task.ts'
import type { GtidLag } from './gtid-lag.ts'

/** Replication that stops is noticed after so long at the latest, milliseconds. */
const sliceMs = 500

export interface WaitOptions {
  /** What is known already. */
  readonly first: { readonly now: Applied; readonly status: SyncStatus }
  readonly waitMs: number
  readonly clock: Clock
  readonly status: () => Promise<SyncStatus>
}

/**
 * Waits at the server until the position is applied, and ends early when replication stops or fails: a server waits on
 * for transactions that nobody brings.
 */
export async function waitUntilApplied(
  lag: GtidLag,
  { first, waitMs, clock, status: readStatus }: WaitOptions,
  signal: AbortSignal,
): Promise<Applied> {
  const endsAt = clock.monotonicMs() + waitMs
  let reading = first.now
  let status: SyncStatus | undefined = first.status
  while (reading.state === 'behind') {
    status ??= await readStatus()
    if (status.state !== 'running') return { state: 'behind', reason: explain(reading.reason, status) }
    const left = endsAt - clock.monotonicMs()
    if (left <= 0) return { state: 'behind', reason: await explainRunning(reading.reason, lag, signal) }
    reading = await lag.wait(Math.min(left, sliceMs), signal)
    status = undefined
  }
  return reading
}

function explain(reason: string, status: SyncStatus): string {
  const state = { running: 'runs', stopped: 'is stopped', failed: 'has failed', missing: 'is not set up' }[
    status.state
  ]
  return `${reason}; replication ${state}${status.error === undefined ? '' : `: ${status.error}`}`
}

async function explainRunning(reason: string, lag: GtidLag, signal: AbortSignal): Promise<string> {
  const never = await lag.whyNever(signal)
  return never === undefined ? `${reason}; replication runs` : `${reason}; ${never}`
}
