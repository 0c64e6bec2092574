import type { GateErrorReason } from '../../../../src/service/gate/gate-error.ts'
import type { GateLimits } from '../../../../src/service/gate/write-gate.ts'

export interface PlainHeld {
  readonly id: number
  readonly key: string | undefined
  readonly bytes: number
  readonly since: number
  deadline: number
  /** Held when the gate opened last. */
  ofBacklog: boolean
}

export interface PlainUnit {
  readonly id: number
  readonly key: string | undefined
  readonly generation: number
  readonly since: number
  readonly ofBacklog: boolean
}

/**
 * What a gate must do, said as plainly as possible: lists that are searched anew each time, and a clock that is a
 * number. Nothing happens in it but by its methods.
 */
export class PlainGate {
  state: 'open' | 'closing' | 'closed' | 'refusing' = 'open'
  generation = 0
  now = 0
  held: PlainHeld[] = []
  running: PlainUnit[] = []
  readonly answers = new Map<number, GateErrorReason | `let in ${number}`>()
  outcomes = { released: 0, expired: 0, rejected: 0, abandoned: 0 }
  /** How often somebody who waits for the drain would have been told. */
  drains = 0
  readonly limits: GateLimits
  #epoch = -Infinity
  #limit: number
  /** Of the last order; counts from when that is carried out. */
  #nextLimit: number
  #shutAt: number | undefined
  #places = 0

  constructor(limits: GateLimits) {
    this.limits = limits
    this.#limit = limits.holdMs
    this.#nextLimit = limits.holdMs
  }

  tryEnter(id: number): boolean {
    this.#shutIfDue()
    const clear = this.state === 'open' && this.held.length === 0 && !this.running.some(isKeyed)
    if (clear) this.#begin(id, undefined, false)
    return clear
  }

  enter(id: number, key: string | undefined, bytes: number, gone: boolean): void {
    this.notice()
    if (this.state === 'refusing') return this.#reject(id, 'refused')
    if (gone) return this.#reject(id, 'abandoned')
    const waits = this.held.some((one) => one.ofBacklog && !this.#isBusy(one.key))
    const free = !waits && !this.#isBusy(key)
    if (this.state === 'open' && free) {
      this.#begin(id, key, false)
      this.answers.set(id, `let in ${this.generation}`)
    } else if (this.#isFull(key, bytes)) this.#reject(id, 'full')
    else {
      const deadline = this.now + this.#limit
      this.held.push({ id, key, bytes, since: this.now, deadline, ofBacklog: false })
    }
    this.#letIn()
  }

  leave(id: number): void {
    const unit = this.running.find((one) => one.id === id)
    this.running = this.running.filter((one) => one.id !== id)
    if (unit?.ofBacklog === true) this.#places = Math.min(this.#places + 1, this.limits.releaseConcurrency)
    this.#letIn()
  }

  gone(id: number): void {
    if (!this.held.some((one) => one.id === id)) return
    this.#drop(id, 'abandoned')
    this.#letIn()
  }

  close(epoch: number, limit: number, inMs: number): void {
    if (epoch <= this.#epoch || this.state === 'refusing') return
    this.#shutIfDue()
    this.#epoch = epoch
    this.#nextLimit = Math.min(limit, this.limits.holdMs)
    this.#shutAt = this.now + (this.state === 'open' ? inMs : 0)
    this.#letIn()
    this.#shutIfDue()
  }

  release(): void {
    this.generation += 1
    this.#open()
  }

  abort(): void {
    if (this.state === 'open') this.#shutAt = undefined
    else this.#open()
  }

  refuse(): void {
    this.#shutAt = undefined
    this.state = 'refusing'
    for (const { id } of this.held) this.#drop(id, 'refused')
    this.#drained()
  }

  /** Time passes, and every timer has fired when it was due. */
  advance(ms: number): void {
    const until = this.now + ms
    for (;;) {
      const next = Math.min(this.#shutAt ?? Infinity, ...this.held.map(({ deadline }) => deadline))
      if (next > until) break
      this.now = Math.max(this.now, next)
      this.notice()
    }
    this.now = until
  }

  /** Timers fire, and do what is due by now. */
  notice(): void {
    this.#shutIfDue()
    for (const { id, deadline } of this.held) if (deadline <= this.now) this.#drop(id, 'expired')
    this.#letIn()
  }

  #shutIfDue(): void {
    if (this.#shutAt === undefined || this.#shutAt > this.now) return
    this.#shutAt = undefined
    this.#limit = this.#nextLimit
    for (const write of this.held) write.deadline = Math.min(write.deadline, write.since + this.#limit)
    if (this.state === 'open') this.state = 'closing'
    this.#drained()
  }

  #open(): void {
    this.#shutAt = undefined
    this.state = 'open'
    this.#places = Math.min(this.limits.releaseStart, this.limits.releaseConcurrency)
    for (const write of this.held) write.ofBacklog = true
    this.#letIn()
  }

  #letIn(): void {
    if (this.state !== 'open') return this.#drained()
    this.#shutIfDue()
    if (this.state !== 'open') return
    for (const { id, deadline } of this.held) if (deadline <= this.now) this.#drop(id, 'expired')
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const { id, key, ofBacklog } = next
      this.held = this.held.filter((one) => one.id !== id)
      this.#begin(id, key, ofBacklog)
      this.answers.set(id, `let in ${this.generation}`)
      this.outcomes.released += 1
    }
  }

  /** The oldest whose key is free; of the backlog only when it has a place. */
  #next(): PlainHeld | undefined {
    const taken = this.running.filter(({ ofBacklog }) => ofBacklog).length
    const next = this.held.find(({ key }) => !this.#isBusy(key))
    return next?.ofBacklog === true && taken >= this.#places ? undefined : next
  }

  #begin(id: number, key: string | undefined, ofBacklog: boolean): void {
    this.running.push({ id, key, generation: this.generation, since: this.now, ofBacklog })
  }

  #isBusy(key: string | undefined): boolean {
    return this.running.some((unit) => isKeyed(unit) && unit.key === key)
  }

  #isFull(key: string | undefined, bytes: number): boolean {
    const total = this.held.reduce((sum, one) => sum + one.bytes, bytes)
    const ofKey = this.held.filter((one) => one.key === key && key !== undefined).length
    return (
      this.held.length >= this.limits.held || ofKey >= this.limits.heldPerKey || total > this.limits.bytes
    )
  }

  #drop(id: number, reason: GateErrorReason): void {
    this.held = this.held.filter((one) => one.id !== id)
    this.#reject(id, reason)
  }

  #reject(id: number, reason: GateErrorReason): void {
    this.answers.set(id, reason)
    this.outcomes[reason === 'expired' || reason === 'abandoned' ? reason : 'rejected'] += 1
  }

  #drained(): void {
    if (this.running.length > 0 || this.state === 'open') return
    if (this.state === 'closing') this.state = 'closed'
    this.drains += 1
  }
}

/** Others of its key wait for it. */
function isKeyed({ ofBacklog, key }: PlainUnit): boolean {
  return ofBacklog && key !== undefined
}
