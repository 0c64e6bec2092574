import type { HeldWrite } from './held-writes.ts'
import type { GateUnit } from './running-units.ts'
import type { GateLimits } from './write-gate.ts'

/**
 * In which order, and how many at a time, what was held comes in when the gate has opened. Its backlog is what was
 * held at that moment: few at first, then more, one of each key at a time. Who comes later waits behind those that
 * wait for a place, and behind what runs of its own key, and then is let in without a bound: neither the load of every
 * day is throttled, nor does one key with a long line keep the others waiting.
 */
export class Backlog {
  readonly #limits: GateLimits
  readonly #busyKeys = new Set<string>()
  /** Of the last write of the backlog. */
  #lastSequence = 0
  #places = 0
  #taken = 0

  constructor(limits: GateLimits) {
    this.#limits = limits
  }

  begin(lastSequence: number): void {
    this.#lastSequence = lastSequence
    this.#places = Math.min(this.#limits.releaseStart, this.#limits.releaseConcurrency)
  }

  /** No key has a write of the backlog under way. */
  get isQuiet(): boolean {
    return this.#busyKeys.size === 0
  }

  has(write: HeldWrite | undefined): boolean {
    return write !== undefined && write.sequence <= this.#lastSequence
  }

  /** May somebody new come in, when `first` is what has waited longest? */
  lets(key: string | undefined, first: HeldWrite | undefined): boolean {
    for (let write = first; write !== undefined && this.has(write); write = write.after) {
      if (!this.#isBusy(write.key)) return false
    }
    return !this.#isBusy(key)
  }

  /**
   * Which of those that wait, from `first` on, is the next to come in now; undefined: none. Passes over the writes of
   * at most one key for each place.
   */
  next(first: HeldWrite | undefined): HeldWrite | undefined {
    let write = first
    while (write !== undefined && this.#isBusy(write.key)) write = write.after
    return this.has(write) && this.#taken >= this.#places ? undefined : write
  }

  /** `unit` is what `write` runs as. */
  entered(write: HeldWrite, unit: GateUnit): void {
    if (!this.has(write)) return
    unit.fromBacklog = true
    unit.key = write.key
    this.#taken += 1
    if (write.key !== undefined) this.#busyKeys.add(write.key)
  }

  left(unit: GateUnit): void {
    this.#taken -= 1
    this.#places = Math.min(this.#places + 1, this.#limits.releaseConcurrency)
    if (unit.key !== undefined) this.#busyKeys.delete(unit.key)
  }

  #isBusy(key: string | undefined): boolean {
    return key !== undefined && this.#busyKeys.has(key)
  }
}
