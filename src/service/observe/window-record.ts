import type { ErrorCounts, InstanceStatus, WriteCounts } from '../../core/instance-status.ts'
import type { GateChange } from '../gate/gate-watcher.ts'

/** One time in which a process did not let writes pass, from the closing of its gate to the end of the backlog. */
export interface WindowRecord {
  readonly event: 'cutover.window'
  readonly service: string
  readonly instance: string
  readonly runId: string | null
  readonly noticeEpoch: number | null
  /** `released`: writes go to another datasource. `aborted`: they go on where they were. */
  readonly outcome: 'released' | 'aborted'
  readonly generation: number
  readonly from: string
  readonly to: string
  /** Units of work that were under way when the gate closed. */
  readonly toDrain: number
  /** Until none was under way, milliseconds; undefined: it never came to that. */
  readonly drainMs: number | undefined
  /** From closing to opening, milliseconds. */
  readonly pauseMs: number
  /** From opening until what was held had been let in, milliseconds. */
  readonly backlogMs: number
  /** True: for a while writes were refused instead of being held. */
  readonly refused: boolean
  readonly heldMax: number
  readonly longestHeldMs: number
  readonly released: number
  readonly expired: number
  readonly rejected: number
  readonly abandoned: number
  readonly errors: ErrorCounts
}

interface Begun {
  readonly atMs: number
  readonly status: InstanceStatus
  readonly writes: WriteCounts
  drainMs: number | undefined
  refused: boolean
  heldMax: number
  longestHeldMs: number
  opened: { readonly atMs: number; readonly outcome: WindowRecord['outcome'] } | undefined
}

/** Follows the edges of a gate and makes one record of each window. */
export class WindowRecorder {
  readonly #status: () => InstanceStatus
  readonly #done: (record: WindowRecord) => void
  #begun: Begun | undefined

  constructor(status: () => InstanceStatus, done: (record: WindowRecord) => void) {
    this.#status = status
    this.#done = done
  }

  changed(change: GateChange, nowMs: number): void {
    if (change.from === 'open' && change.to !== 'open') this.#begin(change, nowMs)
    const begun = this.#begun
    if (begun === undefined || begun.opened !== undefined) return
    if (change.to === 'closed') begun.drainMs = nowMs - begun.atMs
    if (change.to === 'refusing') begun.refused = true
    if (change.to !== 'open') return
    const outcome = change.generation === change.previousGeneration ? 'aborted' : 'released'
    begun.opened = { atMs: nowMs, outcome }
    if (change.counts.held === 0) this.end(nowMs)
  }

  held(count: number): void {
    if (this.#begun !== undefined) this.#begun.heldMax = Math.max(this.#begun.heldMax, count)
  }

  holdEnded(heldMs: number): void {
    const begun = this.#begun
    if (begun !== undefined) begun.longestHeldMs = Math.max(begun.longestHeldMs, heldMs)
  }

  /** What was held has been let in, or the next window begins. */
  end(nowMs: number): void {
    const begun = this.#begun
    if (begun?.opened === undefined) return
    this.#begun = undefined
    this.#done(this.#record(begun, begun.opened, nowMs))
  }

  #begin(change: GateChange, nowMs: number): void {
    this.end(nowMs)
    const status = this.#status()
    this.#begun = {
      atMs: nowMs,
      status,
      writes: change.counts,
      drainMs: undefined,
      refused: false,
      // The first may have come together with the closing itself.
      heldMax: status.writes.held,
      longestHeldMs: 0,
      opened: undefined,
    }
  }

  #record(begun: Begun, opened: NonNullable<Begun['opened']>, nowMs: number): WindowRecord {
    const now = this.#status()
    const before = begun.status
    const since = (name: 'released' | 'expired' | 'rejected' | 'abandoned'): number =>
      now.writes[name] - begun.writes[name]
    return {
      event: 'cutover.window',
      service: now.service,
      instance: now.instance,
      runId: before.notice?.runId ?? null,
      noticeEpoch: before.notice?.epoch ?? null,
      outcome: opened.outcome,
      generation: now.generation,
      from: before.datasource,
      to: now.datasource,
      toDrain: begun.writes.running,
      drainMs: begun.drainMs === undefined ? undefined : rounded(begun.drainMs),
      pauseMs: rounded(opened.atMs - begun.atMs),
      backlogMs: rounded(nowMs - opened.atMs),
      refused: begun.refused,
      heldMax: begun.heldMax,
      longestHeldMs: rounded(begun.longestHeldMs),
      released: since('released'),
      expired: since('expired'),
      rejected: since('rejected'),
      abandoned: since('abandoned'),
      errors: {
        mapped: now.errors.mapped - before.errors.mapped,
        passed: now.errors.passed - before.errors.passed,
        unknown: now.errors.unknown - before.errors.unknown,
      },
    }
  }
}

/** Pauses are of few milliseconds, so tenths count. */
function rounded(ms: number): number {
  return Math.round(ms * 10) / 10
}
