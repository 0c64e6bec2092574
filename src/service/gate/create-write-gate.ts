import type { GateState, WriteCounts } from '../../core/instance-status.ts'
import type { Clock } from '../../core/ports/clock.ts'
import { systemClock } from '../../core/system-clock.ts'
import { Backlog } from './backlog.ts'
import { DrainWaits } from './drain-waits.ts'
import { gateLimits } from './gate-limits.ts'
import type { GateChange, GateWatcher } from './gate-watcher.ts'
import type { UnitOwner } from './running-units.ts'
import { GateUnit, RunningUnits } from './running-units.ts'
import { timerMs } from './timer-ms.ts'
import { WaitingRoom } from './waiting-room.ts'
import { Watchers } from './watchers.ts'
import type { CloseOrder, EnterRequest, GateLimits, RunningUnit, Unit, WriteGate } from './write-gate.ts'

export interface WriteGateOptions {
  /** Default for each: see {@link GateLimits}. */
  readonly limits?: Partial<GateLimits>
  /**
   * Whom to reject when too much is held. `reject-new` (default): the newcomer, so that what waits keeps its place.
   * `reject-oldest`: what has waited longest, for callers that give up early. Of a key with too many, always the newcomer.
   */
  readonly whenFull?: 'reject-new' | 'reject-oldest'
  readonly clock?: Clock
  /** The first watcher's `changed`; see {@link WriteGate.watch}. */
  readonly onChange?: (change: GateChange) => void
}

/**
 * An open gate in generation 0.
 * @throws RangeError for a limit that is no number or too small.
 */
export function createWriteGate(options: WriteGateOptions = {}): WriteGate {
  const gate = new Gate(options)
  if (options.onChange !== undefined) gate.watch({ changed: options.onChange })
  return gate
}

class Gate implements WriteGate, UnitOwner {
  #state: GateState = 'open'
  #generation = 0
  #refusal = ''
  /** Open, and nobody waits or runs whom a newcomer could overtake. */
  #isClear = true
  /** When the gate closes by itself. */
  #shutAtMs = Infinity
  #cancelShut: (() => void) | undefined
  #order: CloseOrder | undefined
  #isCatchingUp = false
  readonly #clock: Clock
  readonly #units = new RunningUnits()
  readonly #watchers = new Watchers()
  readonly #drainWaits = new DrainWaits()
  readonly #backlog: Backlog
  readonly #room: WaitingRoom

  constructor(options: WriteGateOptions) {
    const limits = gateLimits(options.limits)
    this.#clock = options.clock ?? systemClock
    this.#backlog = new Backlog(limits)
    this.#room = new WaitingRoom({
      limits,
      clock: this.#clock,
      watchers: this.#watchers,
      whenFull: options.whenFull ?? 'reject-new',
      onGone: () => this.#finish(),
    })
  }

  get state(): GateState {
    return this.#state
  }

  get generation(): number {
    return this.#generation
  }

  get refusal(): string {
    return this.#refusal
  }

  counts(): WriteCounts {
    return {
      running: this.#units.count,
      oldestMs: Math.round(this.#units.oldestMs(this.#clock.monotonicMs())),
      held: this.#room.count,
      heldBytes: this.#room.bytes,
      ...this.#room.outcomes,
    }
  }

  oldestHeldMs(): number {
    const first = this.#room.first
    return first === undefined ? 0 : Math.round(this.#clock.monotonicMs() - first.sinceMs)
  }

  running(): readonly RunningUnit[] {
    return this.#units.list()
  }

  watch(watcher: GateWatcher): () => void {
    return this.#watchers.add(watcher)
  }

  tryEnter(end?: (reason: Error) => void): Unit | undefined {
    if (!this.#isClear) return undefined
    const nowMs = this.#clock.monotonicMs()
    if (nowMs < this.#shutAtMs) return this.#begin(nowMs, end)
    this.#shut()
    this.#finish()
    return undefined
  }

  enter(request: EnterRequest): Promise<Unit> {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs >= this.#shutAtMs) this.#shut()
    this.#room.expire(nowMs)
    const answer = this.#answer(request, nowMs)
    this.#finish()
    return answer
  }

  close(order: CloseOrder): boolean {
    const last = this.#order
    if (last !== undefined && order.epoch <= last.epoch) return order.epoch === last.epoch && this.#holds()
    if (this.#state === 'refusing') return false
    if (this.#clock.monotonicMs() >= this.#shutAtMs) this.#shut()
    this.#order = order
    this.#takeBackShut()
    const inMs = order.inMs ?? 0
    if (this.#state === 'open' && inMs > 0) this.#shutAt(this.#clock.monotonicMs() + inMs)
    else this.#shut()
    this.#finish()
    return true
  }

  whenDrained(signal: AbortSignal): Promise<void> {
    return this.#drainWaits.wait(this.#isDrained(), signal)
  }

  release(): void {
    this.#open(this.#generation + 1)
  }

  abort(): void {
    this.#open(this.#generation)
  }

  refuse(reason: string): void {
    this.#takeBackShut()
    const text = reason === '' ? 'no reason was given' : reason
    if (this.#state === 'refusing') this.#refusal = text
    else this.#change('refusing', this.#generation, text)
    this.#room.rejectAll(refusedMessage(text))
    this.#finish()
  }

  unitLeft(unit: GateUnit): void {
    this.#units.remove(unit)
    if (unit.fromBacklog) this.#backlog.left(unit)
    if (!this.#isClear) this.#finish()
  }

  #begin(nowMs: number, end: ((reason: Error) => void) | undefined): GateUnit {
    const unit = new GateUnit(this, this.#generation, nowMs, end)
    this.#units.add(unit)
    return unit
  }

  #answer(request: EnterRequest, nowMs: number): Promise<Unit> {
    if (this.#state === 'refusing') return this.#room.turnAway('refused', refusedMessage(this.#refusal))
    const mayPass = this.#state === 'open' && this.#backlog.lets(request.key, this.#room.first)
    if (!mayPass || request.signal?.aborted === true) return this.#room.wait(request)
    return Promise.resolve(this.#begin(nowMs, request.end))
  }

  #holds(): boolean {
    return this.#state === 'closing' || this.#state === 'closed' || this.#shutAtMs !== Infinity
  }

  #isDrained(): boolean {
    return this.#units.count === 0 && this.#state !== 'open'
  }

  #shutAt(atMs: number): void {
    const aheadMs = atMs - this.#clock.monotonicMs()
    this.#shutAtMs = atMs
    this.#cancelShut = this.#clock.after(timerMs(aheadMs), () => {
      if (timerMs(aheadMs) < aheadMs) return this.#shutAt(atMs)
      this.#shut()
      this.#finish()
    })
  }

  #takeBackShut(): void {
    this.#cancelShut?.()
    this.#cancelShut = undefined
    this.#shutAtMs = Infinity
  }

  #shut(): void {
    this.#takeBackShut()
    if (this.#order !== undefined) this.#room.limit(this.#order.limitMs)
    if (this.#state === 'open') this.#change('closing', this.#generation)
  }

  #open(generation: number): void {
    this.#takeBackShut()
    if (this.#state !== 'open' || generation !== this.#generation) {
      this.#change('open', generation)
      this.#backlog.begin(this.#room.lastSequence)
      this.#isCatchingUp = this.#room.count > 0
    }
    this.#finish()
  }

  #change(to: GateState, generation: number, refusal = ''): void {
    const from = this.#state
    const previousGeneration = this.#generation
    this.#state = to
    this.#generation = generation
    this.#refusal = refusal
    this.#isClear = false // until all that follows from the change has been done
    const counts = this.counts()
    const epoch = this.#order?.epoch
    this.#watchers.post((watcher) =>
      watcher.changed?.({ from, to, generation, previousGeneration, epoch, refusal, counts }),
    )
  }

  /** Brings about what follows from what has just happened, and tells the watchers. */
  #finish(): void {
    if (this.#state === 'open') this.#letIn()
    if (this.#isDrained()) this.#drained()
    this.#isClear = this.#state === 'open' && this.#room.count === 0 && this.#backlog.isQuiet
    this.#watchers.tellAll()
  }

  #letIn(): void {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs >= this.#shutAtMs) return this.#shut()
    // The timer may be late, for instance after the event loop has stood still.
    this.#room.expire(nowMs)
    for (let write = this.#nextHeld(); write !== undefined; write = this.#nextHeld()) {
      const unit = this.#begin(nowMs, write.end)
      this.#backlog.entered(write, unit)
      this.#room.letIn(write, unit)
    }
    if (!this.#isCatchingUp || this.#backlog.has(this.#room.first)) return
    this.#isCatchingUp = false
    this.#watchers.post((watcher) => watcher.caughtUp?.())
  }

  #nextHeld(): ReturnType<Backlog['next']> {
    return this.#backlog.next(this.#room.first)
  }

  #drained(): void {
    if (this.#state === 'closing') this.#change('closed', this.#generation)
    this.#drainWaits.end()
  }
}

function refusedMessage(reason: string): string {
  return `Writes are refused: ${reason.replace(/[.\s]+$/, '')}. This one was not run.`
}
