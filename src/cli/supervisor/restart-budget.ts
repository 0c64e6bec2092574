import { exitCodes } from '../exit-codes.ts'
import type { WorkerEnd } from './start-worker.ts'

/** Wait before each restart after a death, milliseconds; there are no more of them. Users wait, so the first has none. */
const backoffMs = [0, 1000, 5000] as const

/** So many times a worker that died is started again. */
export const mostRestarts = backoffMs.length

/**
 * A worker that could not even begin met a server that is away, or the lock of the one that died, which the server has not
 * let go of. That passes, and is no death: it is tried again every so often for so long. Milliseconds.
 */
const tryAgainMs = 2_000
const patienceMs = 120_000

/** What may be started next. */
export interface NextStart {
  /** Deaths that were answered with a restart. */
  readonly restarts: number
  /** Undefined: no more. */
  readonly waitMs: number | undefined
  /** True: the one that ended had not begun, and this start is not counted. */
  readonly again: boolean
}

/** Counts the restarts of one command. */
export class RestartBudget {
  #restarts = 0
  #refusedSince: number | undefined

  /** @param now monotonic time, milliseconds. */
  after(end: WorkerEnd, now: number): NextStart {
    const again = couldNotBegin(end) && now - (this.#refusedSince ?? now) < patienceMs
    if (again) this.#refusedSince ??= now
    else this.#refusedSince = undefined
    return { restarts: this.#restarts, waitMs: again ? tryAgainMs : backoffMs[this.#restarts], again }
  }

  /** It was started. */
  started({ again }: NextStart): void {
    if (!again) this.#restarts += 1
  }

  get restarts(): number {
    return this.#restarts
  }
}

function couldNotBegin({ announced, run }: WorkerEnd): boolean {
  return run === undefined && (announced === exitCodes.refused || announced === exitCodes.locked)
}
