import type { Clock } from '../../core/ports/clock.ts'
import { systemClock } from '../../core/system-clock.ts'
import { isGateError } from '../gate/gate-error.ts'
import type { NoticeWatcher } from '../notice-watcher.ts'
import { retrySeconds } from '../retry-time.ts'
import type { PauseOptions } from '../write-pause.ts'
import { mayBegin, waitAt } from '../write-pause.ts'

export interface JobOptions extends PauseOptions {
  readonly notices: Pick<NoticeWatcher, 'window'>
  /** `shadow`: every job runs. Default `window`. */
  readonly mode?: 'window' | 'always' | 'shadow'
  readonly clock?: Clock
  /** Spreads the delay; between 0 and 1. Default Math.random. */
  readonly random?: () => number
}

/** `run`: the job may begin. `requeue`: writes are stopped; take it up again after the delay. */
export type JobPause = { readonly action: 'run' } | { readonly action: 'requeue'; readonly delayMs: number }

// A job waits with its message, which is small.
const bytesOfJob = 4096

/**
 * Asks before a job that writes begins, so that no mail is sent for a row that cannot be stored. Waits while the
 * pool's gate holds writes.
 * @param signal the consumer is stopping: the job is given back.
 */
export async function beforeJob(options: JobOptions, signal: AbortSignal): Promise<JobPause> {
  const { notices, gate, clock = systemClock, random = Math.random } = options
  const may = options.mode === 'shadow' ? 'yes' : mayBegin(options, notices.window(), clock)
  if (may === 'yes') return { action: 'run' }
  if (may === 'hold' && gate !== undefined && (await released(gate, signal))) return { action: 'run' }
  return {
    action: 'requeue',
    delayMs: retrySeconds(notices.window(), clock.now().getTime(), random()) * 1000,
  }
}

async function released(gate: NonNullable<JobOptions['gate']>, signal: AbortSignal): Promise<boolean> {
  try {
    await waitAt(gate, { bytes: bytesOfJob, signal })
    return true
  } catch (error) {
    if (!isGateError(error)) throw error
    return false
  }
}
