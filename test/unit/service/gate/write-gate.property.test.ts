import { getEventListeners } from 'node:events'
import { assert, asyncProperty } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createWriteGate } from '../../../../src/service/gate/create-write-gate.ts'
import { defaultGateLimits } from '../../../../src/service/gate/gate-limits.ts'
import type { Unit, WriteGate } from '../../../../src/service/gate/write-gate.ts'
import type { Move } from './gate-moves.ts'
import { arbitraryMoves } from './gate-moves.ts'
import type { Asker } from './held-answers.ts'
import { ask, settled } from './held-answers.ts'
import { PlainGate } from './plain-gate.ts'
import { createStallingClock } from './stalling-clock.ts'

const limits = {
  ...defaultGateLimits,
  holdMs: 100,
  held: 6,
  heldPerKey: 3,
  bytes: 150,
  releaseStart: 1,
  releaseConcurrency: 3,
}

/** A real gate and a plain one, to which the same things happen. */
class Pair {
  readonly plain = new PlainGate(limits)
  readonly clock = createStallingClock()
  readonly gate: WriteGate
  readonly askers = new Map<number, Asker>()
  readonly listening = new Map<number, AbortController>()
  /** Of those let in without a promise. */
  readonly units = new Map<number, Unit>()
  /** The keys' writes in the order they were let in. */
  readonly came = new Map<string | undefined, string[]>()
  #drain = { over: false, since: 0 }
  #epoch = 0
  #nextId = 0

  constructor() {
    this.gate = createWriteGate({ limits, clock: this.clock })
    this.gate.watch({
      held:
        () =>
        ({ outcome }) => {
          if (outcome === 'released') expect(this.gate.state).toBe('open')
        },
    })
    void this.#awaitDrain(this.#drain)
  }

  async make(move: Move): Promise<void> {
    switch (move.move) {
      case 'tryEnter':
        this.#tryEnter()
        break
      case 'enter':
        this.#enter(move)
        break
      case 'leave':
        this.leave(pick(this.plain.running, move.pick)?.id)
        break
      case 'gone':
        this.#gone(pick(this.plain.held, move.pick)?.id)
        break
      case 'advance':
        this.plain.advance(move.ms)
        this.clock.advance(move.ms)
        break
      case 'stall':
        this.plain.now += move.ms
        this.clock.stall(move.ms)
        return // the next event comes before any timer
      case 'close': {
        const order = { epoch: this.#epoch + move.step, limitMs: move.limitMs, inMs: move.inMs }
        this.plain.close(order.epoch, order.limitMs, order.inMs)
        if (this.gate.close(order)) this.#epoch = Math.max(this.#epoch, order.epoch)
        break
      }
      default:
        this.plain[move.move]()
        this.gate[move.move]('the model says so')
    }
    this.plain.notice()
    this.clock.catchUp()
    await settled()
    compare(this)
    await this.#compareDrain()
  }

  leave(id: number | undefined): void {
    if (id === undefined) return
    this.plain.leave(id)
    const unit = this.units.get(id) ?? this.askers.get(id)?.unit
    unit?.leave()
    unit?.leave()
  }

  #tryEnter(): void {
    const id = this.#nextId++
    const unit = this.gate.tryEnter()
    expect(unit !== undefined).toBe(this.plain.tryEnter(id))
    if (unit !== undefined) this.units.set(id, unit)
  }

  #enter({ key, bytes, signal }: Extract<Move, { move: 'enter' }>): void {
    const id = this.#nextId++
    const asker = new AbortController()
    if (signal === 'gone') asker.abort()
    this.plain.enter(id, key, bytes, signal === 'gone')
    if (signal === 'live') this.listening.set(id, asker)
    const request = signal === 'none' ? { key, bytes } : { key, bytes, signal: asker.signal }
    const came = this.came.get(key) ?? []
    this.came.set(key, came)
    this.askers.set(id, ask(this.gate, String(id), request, came))
  }

  /** Somebody always waits for the drain, from the moment the last one was told. */
  async #compareDrain(): Promise<void> {
    expect(this.#drain.over).toBe(this.plain.drains > this.#drain.since)
    if (!this.#drain.over) return
    const drain = { over: false, since: this.plain.drains }
    this.#drain = drain
    void this.#awaitDrain(drain)
    await settled()
    const isDrained = this.plain.state !== 'open' && this.plain.running.length === 0
    expect(drain.over).toBe(isDrained)
    if (isDrained) drain.since -= 1
  }

  async #awaitDrain(drain: { over: boolean }): Promise<void> {
    await this.gate.whenDrained(new AbortController().signal)
    drain.over = true
  }

  #gone(id: number | undefined): void {
    const asker = id === undefined ? undefined : this.listening.get(id)
    if (id === undefined || asker === undefined) return
    this.plain.gone(id)
    asker.abort()
  }
}

function pick<T>(all: readonly T[], index: number): T | undefined {
  return all[index % Math.max(1, all.length)]
}

function compare(pair: Pair): void {
  const { gate, plain, askers, units } = pair
  const { running, held, heldBytes, oldestMs, ...outcomes } = gate.counts()
  expect({
    state: gate.state,
    generation: gate.generation,
    refuses: gate.refusal !== '',
    running,
    oldestMs,
    held,
    heldBytes,
    outcomes,
    oldestHeldMs: gate.oldestHeldMs(),
  }).toEqual({
    state: plain.state,
    generation: plain.generation,
    refuses: plain.state === 'refusing',
    running: plain.running.length,
    oldestMs: Math.max(0, ...plain.running.map(({ since }) => plain.now - since)),
    held: plain.held.length,
    heldBytes: plain.held.reduce((sum, { bytes }) => sum + bytes, 0),
    outcomes: plain.outcomes,
    oldestHeldMs: Math.max(0, ...plain.held.map(({ since }) => plain.now - since)),
  })
  for (const [id, asker] of askers) {
    const answer = asker.rejected ?? (asker.unit && `let in ${asker.unit.generation}`)
    expect([id, answer, asker.answers]).toEqual([id, plain.answers.get(id), plain.answers.has(id) ? 1 : 0])
  }
  for (const [id, { signal }] of pair.listening) {
    const waits = plain.held.some((write) => write.id === id)
    expect(getEventListeners(signal, 'abort')).toHaveLength(waits ? 1 : 0)
  }
  for (const [key, came] of pair.came) {
    if (key !== undefined) expect(came).toEqual(came.toSorted((a, b) => Number(a) - Number(b)))
  }
  for (const { id, generation } of plain.running) {
    expect((units.get(id) ?? askers.get(id)?.unit)?.generation).toBe(generation)
  }
}

/** Everybody leaves, and all time passes: nothing may be left. */
async function empty(pair: Pair): Promise<void> {
  pair.gate.abort()
  pair.plain.abort()
  await settled()
  for (let unit = pair.plain.running[0]; unit !== undefined; unit = pair.plain.running[0]) {
    pair.leave(unit.id)
    await settled()
  }
  pair.clock.advance(1000)
  expect(pair.gate.counts()).toMatchObject({ running: 0, held: 0, heldBytes: 0, oldestMs: 0 })
  expect([...pair.askers.values()].filter(({ answers }) => answers !== 1)).toEqual([])
  expect(pair.clock.pending).toBe(0)
  expect(pair.gate.tryEnter()).toBeDefined()
}

/** More nights: `CUTOVER_GATE_RUNS=5000 npx vitest run --project rooms test/unit/service/gate`. */
const nights = Number(process.env['CUTOVER_GATE_RUNS'] ?? 60)

describe('any sequence of events at a gate', () => {
  it.each([
    ['on time', false],
    ['with an event loop that stands still now and then', true],
  ])('ends as the plain gate says, %s', { timeout: 60_000 + nights * 500 }, async (_, stalls) => {
    await assert(
      asyncProperty(arbitraryMoves(stalls), async (moves) => {
        const pair = new Pair()
        for (const move of moves) {
          await pair.make(move)
        }
        await empty(pair)
      }),
      { numRuns: nights },
    )
  })
})
