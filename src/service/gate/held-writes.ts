import type { HoldEnd } from './gate-watcher.ts'
import type { EnterRequest, Unit } from './write-gate.ts'

/** A write that waits, and a link of the list of all that wait. */
export interface HeldWrite {
  /** Grows from each that waits to the next. */
  readonly sequence: number
  readonly key: string | undefined
  readonly bytes: number
  readonly sinceMs: number
  readonly end: EnterRequest['end']
  /** From this moment of the monotonic clock on it must not be let in any more. */
  deadlineMs: number
  before: HeldWrite | undefined
  after: HeldWrite | undefined
  readonly resolve: (unit: Unit) => void
  readonly reject: (error: Error) => void
  /** Stops listening whether the asker is gone. */
  stopListening: () => void
  /** How its waiting ended; undefined while it waits. */
  ended: HoldEnd | undefined
  /** Who wants to be told about that. */
  tellEnd: readonly ((end: HoldEnd) => void)[]
}

/**
 * What waits, in the order it came; that is also the order of the deadlines. Linked, because a write whose asker is
 * gone leaves from wherever it stands.
 */
export class HeldWrites {
  count = 0
  bytes = 0
  first: HeldWrite | undefined
  #last: HeldWrite | undefined
  readonly #perKey = new Map<string, number>()

  ofKey(key: string): number {
    return this.#perKey.get(key) ?? 0
  }

  /** The sequence of what came last; 0 when nothing waits. */
  lastSequence(): number {
    return this.#last?.sequence ?? 0
  }

  add(write: HeldWrite): void {
    this.#count(write, 1)
    write.before = this.#last
    if (this.#last === undefined) this.first = write
    else this.#last.after = write
    this.#last = write
  }

  remove(write: HeldWrite): void {
    this.#count(write, -1)
    if (write.before === undefined) this.first = write.after
    else write.before.after = write.after
    if (write.after === undefined) this.#last = write.before
    else write.after.before = write.before
    write.before = undefined
    write.after = undefined
  }

  /** None may wait longer than `limitMs` from when it came; a limit that is longer than before changes nothing. */
  shorten(limitMs: number): void {
    for (let write = this.first; write !== undefined; write = write.after) {
      write.deadlineMs = Math.min(write.deadlineMs, write.sinceMs + limitMs)
    }
  }

  #count(write: HeldWrite, step: 1 | -1): void {
    this.count += step
    this.bytes += step * write.bytes
    if (write.key === undefined) return
    const ofKey = this.ofKey(write.key) + step
    if (ofKey === 0) this.#perKey.delete(write.key)
    else this.#perKey.set(write.key, ofKey)
  }
}
