import { formatMs } from '../../core/deadline.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { GateErrorReason } from './gate-error.ts'
import { GateError } from './gate-error.ts'
import type { HoldOutcome } from './gate-watcher.ts'
import type { HeldWrite } from './held-writes.ts'
import { HeldWrites } from './held-writes.ts'
import type { GateUnit } from './running-units.ts'
import { timerMs } from './timer-ms.ts'
import type { Watchers } from './watchers.ts'
import type { EnterRequest, GateLimits, Unit } from './write-gate.ts'

/** What the room needs of the gate around it. */
export interface RoomOptions {
  readonly limits: GateLimits
  readonly clock: Clock
  readonly watchers: Watchers
  readonly whenFull: 'reject-new' | 'reject-oldest'
  /** Some have gone without having been let in, by themselves: those behind them may have their turn. */
  readonly onGone: () => void
}

/** Where writes wait: within the limits of memory, number and time. Answers each exactly once. */
export class WaitingRoom {
  /** What became of all that ever asked to wait. */
  readonly outcomes: Record<HoldOutcome, number> = { released: 0, expired: 0, rejected: 0, abandoned: 0 }
  readonly #held = new HeldWrites()
  readonly #options: RoomOptions
  #limitMs: number
  #sequence = 0
  #timer: { readonly atMs: number; readonly cancel: () => void } | undefined

  constructor(options: RoomOptions) {
    this.#options = options
    this.#limitMs = options.limits.holdMs
  }

  get count(): number {
    return this.#held.count
  }

  get bytes(): number {
    return this.#held.bytes
  }

  get first(): HeldWrite | undefined {
    return this.#held.first
  }

  get lastSequence(): number {
    return this.#held.lastSequence()
  }

  /** How long each may wait from now on; for those that wait already only if that is shorter. */
  limit(limitMs: number): void {
    const { holdMs } = this.#options.limits
    this.#limitMs = limitMs < holdMs ? limitMs : holdMs
    this.#held.shorten(this.#limitMs)
    this.#setTimer()
  }

  /** Waits until it is let in. Rejects when it may not wait (any longer). */
  wait(request: EnterRequest): Promise<Unit> {
    if (request.signal?.aborted === true) return this.turnAway('abandoned', goneMessage)
    const full = this.#makeRoom(request)
    if (full !== undefined) return this.turnAway('full', full)
    return new Promise((resolve, reject) => this.#add(request, resolve, reject))
  }

  /** Answers a write that never waited. */
  turnAway(reason: GateErrorReason, message: string): Promise<never> {
    this.outcomes[outcomeOf(reason)] += 1
    this.#options.watchers.post((watcher) => watcher.turnedAway?.(reason))
    return Promise.reject(new GateError(reason, message))
  }

  letIn(write: HeldWrite, unit: GateUnit): void {
    this.#settle(write, undefined, unit.generation)
    write.resolve(unit)
  }

  /** Those whose time is over are gone from now on, whether or not a timer has come to it. */
  expire(nowMs: number): void {
    for (let write = this.first; write !== undefined && write.deadlineMs <= nowMs; write = this.first) {
      this.#reject(write, 'expired', heldTooLong(nowMs - write.sinceMs))
    }
  }

  rejectAll(message: string): void {
    for (let write = this.first; write !== undefined; write = this.first) {
      this.#reject(write, 'refused', message)
    }
  }

  #add(request: EnterRequest, resolve: HeldWrite['resolve'], reject: HeldWrite['reject']): void {
    const nowMs = this.#options.clock.monotonicMs()
    this.#sequence += 1
    const write: HeldWrite = {
      sequence: this.#sequence,
      key: request.key,
      bytes: bytesOf(request),
      sinceMs: nowMs,
      end: request.end,
      deadlineMs: nowMs + this.#limitMs,
      before: undefined,
      after: undefined,
      resolve,
      reject,
      stopListening: nothing,
      ended: undefined,
      tellEnd: [],
    }
    if (request.signal !== undefined) this.#listen(write, request.signal)
    this.#held.add(write)
    this.#setTimer()
    write.tellEnd = this.#options.watchers.tellHeld()
    this.#postEnd(write) // a watcher may have opened the gate
  }

  #listen(write: HeldWrite, signal: AbortSignal): void {
    const leave = (): void => {
      this.#reject(write, 'abandoned', goneMessage)
      this.#options.onGone()
    }
    signal.addEventListener('abort', leave, { once: true })
    write.stopListening = () => signal.removeEventListener('abort', leave)
  }

  /** Undefined when there is room for one more, else what there is too much of. */
  #makeRoom(request: EnterRequest): string | undefined {
    const { limits, whenFull } = this.#options
    if (request.key !== undefined && this.#held.ofKey(request.key) >= limits.heldPerKey)
      return fullMessages.key
    const bytes = bytesOf(request)
    if (bytes > limits.bytes) return fullMessages.bytes
    for (;;) {
      const full = this.#isFull(bytes)
      if (full === undefined || whenFull === 'reject-new' || this.first === undefined) return full
      this.#reject(this.first, 'full', full)
    }
  }

  #isFull(bytes: number): string | undefined {
    const { limits } = this.#options
    if (this.count >= limits.held) return fullMessages.held
    return this.bytes + bytes > limits.bytes ? fullMessages.bytes : undefined
  }

  #reject(write: HeldWrite, reason: GateErrorReason, message: string): void {
    this.#settle(write, reason, undefined)
    write.reject(new GateError(reason, message))
  }

  #settle(write: HeldWrite, reason: GateErrorReason | undefined, generation: number | undefined): void {
    const outcome = reason === undefined ? 'released' : outcomeOf(reason)
    const heldMs = this.#options.clock.monotonicMs() - write.sinceMs
    write.stopListening()
    this.#held.remove(write)
    this.outcomes[outcome] += 1
    write.ended = { outcome, reason, heldMs, generation }
    this.#postEnd(write)
    this.#setTimer()
  }

  #postEnd(write: HeldWrite): void {
    const { ended, tellEnd } = write
    if (ended === undefined) return
    for (const tell of tellEnd) this.#options.watchers.postOne(() => tell(ended))
  }

  /** One timer for the oldest. It may come too early after the oldest has gone, and is then set anew. */
  #setTimer(): void {
    const atMs = this.first?.deadlineMs
    if (atMs === undefined) this.#stopTimer()
    else if (this.#timer === undefined || this.#timer.atMs > atMs) this.#startTimer(atMs)
  }

  #startTimer(atMs: number): void {
    this.#stopTimer()
    const { clock, onGone } = this.#options
    const cancel = clock.after(timerMs(atMs - clock.monotonicMs()), () => {
      this.expire(clock.monotonicMs())
      this.#timer = undefined
      this.#setTimer()
      onGone()
    })
    this.#timer = { atMs, cancel }
  }

  #stopTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}

/** What is no number must not make the sum none. */
function bytesOf({ bytes }: EnterRequest): number {
  return bytes > 0 ? bytes : 0
}

function outcomeOf(reason: GateErrorReason): HoldOutcome {
  return reason === 'expired' || reason === 'abandoned' ? reason : 'rejected'
}

const goneMessage = 'Whoever asked for this write is gone; it was not run.'

const fullMessages = {
  held: 'As many writes are held already as may be; this one was not run.',
  bytes: 'The writes that are held already take as much memory as they may; this one was not run.',
  key: 'As many writes of its key are held already as may be; this one was not run.',
}

function heldTooLong(heldMs: number): string {
  return `The write was held for ${formatMs(heldMs)}, which is as long as it may be; it was not run.`
}

function nothing(): void {}
