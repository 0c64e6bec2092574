import { describe, expect, it, onTestFinished } from 'vitest'
import { createWriteGate } from '../../../../src/service/gate/create-write-gate.ts'
import type { HoldEnd } from '../../../../src/service/gate/gate-watcher.ts'
import { createFakeClock } from '../../../fakes/fake-clock.ts'
import { ask, settled } from './held-answers.ts'

describe('a watcher of a gate', () => {
  it('is told each edge in order, with what ran and what was held there', async () => {
    const clock = createFakeClock()
    const gate = createWriteGate({ clock })
    const told: unknown[] = []
    gate.watch({
      changed: ({ from, to, generation, epoch, refusal, counts: { running, oldestMs, held } }) =>
        told.push([from, to, generation, epoch, refusal, running, oldestMs, held]),
    })
    const unit = gate.tryEnter()
    await clock.advance(7)
    gate.close({ epoch: 5, limitMs: 1000 })
    ask(gate, 'a')
    unit?.leave()
    gate.refuse('no word')
    gate.release()
    expect(told).toEqual([
      ['open', 'closing', 0, 5, '', 1, 7, 0],
      ['closing', 'closed', 0, 5, '', 0, 0, 1],
      ['closed', 'refusing', 0, 5, 'no word', 0, 0, 1],
      ['refusing', 'open', 1, 5, '', 0, 0, 0],
    ])
  })

  it('is told how each hold ended and for how long it was', async () => {
    const clock = createFakeClock()
    const gate = createWriteGate({ clock, limits: { held: 4 } })
    const ends: HoldEnd[] = []
    const turnedAway: string[] = []
    gate.watch({ held: () => (end) => ends.push(end), turnedAway: (reason) => turnedAway.push(reason) })
    const asker = new AbortController()
    gate.close({ epoch: 1, limitMs: 100 })
    ask(gate, 'expires')
    await clock.advance(60)
    ask(gate, 'gone', { signal: asker.signal })
    ask(gate, 'released')
    ask(gate, 'released too')
    ask(gate, 'full')
    await clock.advance(20)
    asker.abort()
    await clock.advance(20)
    gate.release()
    gate.close({ epoch: 2, limitMs: 100 })
    ask(gate, 'refused')
    gate.refuse('no word')
    ask(gate, 'refused at once')
    expect(ends).toEqual([
      { outcome: 'abandoned', reason: 'abandoned', heldMs: 20, generation: undefined },
      { outcome: 'expired', reason: 'expired', heldMs: 100, generation: undefined },
      { outcome: 'released', reason: undefined, heldMs: 40, generation: 1 },
      { outcome: 'released', reason: undefined, heldMs: 40, generation: 1 },
      { outcome: 'rejected', reason: 'refused', heldMs: 0, generation: undefined },
    ])
    expect(turnedAway).toEqual(['full', 'refused'])
  })

  it('is told of a hold within the call that is held, and of its end once', () => {
    const gate = createWriteGate({ clock: createFakeClock() })
    const told: string[] = []
    let caller = ''
    gate.watch({
      held: () => {
        told.push(`held for ${caller}`)
        return ({ outcome }) => told.push(outcome)
      },
    })
    gate.close({ epoch: 1, limitMs: 100 })
    caller = 'a'
    ask(gate, 'a')
    caller = ''
    gate.abort()
    expect(told).toEqual(['held for a', 'released'])
  })

  it('is told when the backlog of a release is gone', async () => {
    const gate = createWriteGate({ clock: createFakeClock(), limits: { releaseStart: 1 } })
    let caughtUp = 0
    gate.watch({ caughtUp: () => (caughtUp += 1) })
    gate.close({ epoch: 1, limitMs: 100 })
    gate.release()
    gate.close({ epoch: 2, limitMs: 100 })
    const first = ask(gate, 'a')
    ask(gate, 'b')
    gate.release()
    await settled()
    expect(caughtUp).toBe(0)
    first.unit?.leave()
    expect(caughtUp).toBe(1)
  })

  it('may call the gate: the next edge is told after the present one', () => {
    const gate = createWriteGate({ clock: createFakeClock() })
    const told: string[] = []
    gate.watch({ changed: ({ to }) => to === 'closed' && gate.release() })
    gate.watch({ changed: ({ from, to }) => told.push(`${from} → ${to}`) })
    gate.close({ epoch: 1, limitMs: 100 })
    expect(told).toEqual(['open → closing', 'closing → closed', 'closed → open'])
    expect(gate.state).toBe('open')
  })

  it.each(['abort', 'refuse'] as const)('may %s while it is told of a hold', async (verb) => {
    const clock = createFakeClock()
    const gate = createWriteGate({ clock })
    const ends: string[] = []
    gate.watch({
      held: () => {
        gate[verb]('by the watcher')
        return ({ outcome }) => ends.push(outcome)
      },
    })
    gate.close({ epoch: 1, limitMs: 100 })
    const asker = ask(gate, 'a')
    await settled()
    expect(asker.answers).toBe(1)
    expect(ends).toEqual([verb === 'abort' ? 'released' : 'rejected'])
    expect(clock.pending).toBe(0)
  })

  it('cannot slip a unit in while an order whose moment has passed is carried out', () => {
    const clock = createFakeClock()
    let asleepMs = 0
    const gate = createWriteGate({
      clock: { ...clock, monotonicMs: () => clock.monotonicMs() + asleepMs },
    })
    const slipped: unknown[] = []
    gate.watch({
      held: () => {
        slipped.push(gate.tryEnter())
        return undefined
      },
    })
    gate.close({ epoch: 1, limitMs: 100, inMs: 10 })
    asleepMs = 20
    ask(gate, 'a')
    expect(slipped).toEqual([undefined])
  })

  it('that throws becomes a warning and stops nothing', async () => {
    const warnings: string[] = []
    const listen = (warning: Error): void => void warnings.push(warning.message)
    process.on('warning', listen)
    onTestFinished(() => void process.off('warning', listen))
    const gate = createWriteGate({ clock: createFakeClock() })
    const told: string[] = []
    gate.watch({
      changed: () => {
        throw new Error('a broken watcher')
      },
    })
    gate.watch({ changed: ({ to }) => told.push(to) })
    gate.close({ epoch: 1, limitMs: 100 })
    expect(told).toEqual(['closing', 'closed'])
    await expect.poll(() => warnings).toContain('a broken watcher')
  })

  it('is told nothing after it has stopped watching', () => {
    const gate = createWriteGate({ clock: createFakeClock() })
    const told: string[] = []
    const stop = gate.watch({ changed: ({ to }) => told.push(to) })
    stop()
    gate.close({ epoch: 1, limitMs: 100 })
    expect(told).toEqual([])
  })
})
