import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createWriteGate } from '../../../../src/service/gate/create-write-gate.ts'
import type { GateChange } from '../../../../src/service/gate/gate-watcher.ts'
import type { GateLimits } from '../../../../src/service/gate/write-gate.ts'
import { createFakeClock } from '../../../fakes/fake-clock.ts'
import { ask, settled } from './held-answers.ts'
import { createStallingClock } from './stalling-clock.ts'

function open(limits: Partial<GateLimits> = {}, whenFull: 'reject-new' | 'reject-oldest' = 'reject-new') {
  const clock = createFakeClock()
  const changes: GateChange[] = []
  const gate = createWriteGate({ limits, whenFull, clock, onChange: (change) => changes.push(change) })
  return { clock, gate, changes, edges: () => changes.map(({ from, to }) => `${from} → ${to}`) }
}

const order = (epoch: number, limitMs = 8000) => ({ epoch, limitMs })
const forever = new AbortController().signal

describe('an open gate', () => {
  it('lets a unit in at once and counts it until it leaves', async () => {
    const { gate, clock } = open()
    const unit = gate.tryEnter()
    await clock.advance(30)
    expect(gate.counts()).toMatchObject({ running: 1, oldestMs: 30 })
    unit?.leave()
    unit?.leave()
    expect(gate.counts()).toMatchObject({ running: 0, oldestMs: 0 })
  })

  it('lets in who asks by a promise too, and counts none of them as held', async () => {
    const { gate } = open()
    const asker = ask(gate, 'a', { key: 'k' })
    await settled()
    expect(asker.unit?.generation).toBe(0)
    expect(gate.counts()).toMatchObject({ running: 1, held: 0, released: 0 })
  })

  it('tells the age of the oldest unit when younger ones leave first', async () => {
    const { gate, clock } = open()
    const units = [gate.tryEnter()]
    await clock.advance(10)
    units.push(gate.tryEnter(), gate.tryEnter())
    await clock.advance(5)
    units[1]?.leave()
    expect(gate.counts()).toMatchObject({ running: 2, oldestMs: 15 })
    units[0]?.leave()
    expect(gate.counts()).toMatchObject({ running: 1, oldestMs: 5 })
  })

  it.each([
    ['holdMs', -1],
    ['held', Number.NaN],
    ['releaseConcurrency', 0],
  ])('is not made with the limit %s of %d', (name, value) => {
    expect(() => open({ [name]: value })).toThrow(`The limit ${name} of the gate must be`)
  })
})

describe('closing', () => {
  it('goes on to closed at once when nothing runs', () => {
    const { gate, edges } = open()
    expect(gate.close(order(1))).toBe(true)
    expect(gate.state).toBe('closed')
    expect(edges()).toEqual(['open → closing', 'closing → closed'])
  })

  it('waits for the units that had begun and holds new ones', async () => {
    const { gate } = open()
    const begun = gate.tryEnter()
    gate.close(order(1))
    const held = ask(gate, 'held')
    await settled()
    expect(gate.tryEnter()).toBeUndefined()
    expect(gate.state).toBe('closing')
    expect(held.answers).toBe(0)
    begun?.leave()
    expect(gate.state).toBe('closed')
    expect(gate.counts()).toMatchObject({ running: 0, held: 1, heldBytes: 1 })
  })

  it('resolves whoever waits for the drain, when the last unit has left', async () => {
    const { gate } = open()
    const units = [gate.tryEnter(), gate.tryEnter()]
    gate.close(order(1))
    const drained = { is: false }
    void gate.whenDrained(forever).then(() => (drained.is = true))
    units[0]?.leave()
    await settled()
    expect(drained.is).toBe(false)
    units[1]?.leave()
    await settled()
    expect(drained.is).toBe(true)
    await gate.whenDrained(forever)
  })

  it('leaves nothing on the signal of whoever has waited for the drain', async () => {
    const { gate } = open()
    const unit = gate.tryEnter()
    gate.close(order(1))
    const { signal } = new AbortController()
    const drained = gate.whenDrained(signal)
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    unit?.leave()
    await drained
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('rejects whoever waits for the drain with the reason of the signal', async () => {
    const { gate } = open()
    gate.tryEnter()
    gate.close(order(1))
    const stop = new AbortController()
    const wait = gate.whenDrained(stop.signal)
    stop.abort(new Error('too late'))
    await expect(wait).rejects.toThrow('too late')
    await expect(gate.whenDrained(stop.signal)).rejects.toThrow('too late')
  })

  it('keeps whoever waits for the drain waiting while the gate is open again', async () => {
    const { gate } = open()
    const unit = gate.tryEnter()
    gate.close(order(1))
    const drained = { is: false }
    void gate.whenDrained(forever).then(() => (drained.is = true))
    gate.abort()
    unit?.leave()
    await settled()
    expect(drained.is).toBe(false)
    gate.close(order(2))
    await settled()
    expect(drained.is).toBe(true)
  })
})

describe('a close order', () => {
  it('changes nothing when its epoch has been seen, also after it is over', () => {
    const { gate, edges } = open()
    gate.close(order(2))
    expect(gate.close(order(2))).toBe(true)
    expect(gate.close(order(1))).toBe(false)
    gate.abort()
    expect(gate.close(order(2))).toBe(false)
    expect(gate.close(order(1))).toBe(false)
    expect(gate.state).toBe('open')
    expect(edges()).toHaveLength(3)
  })

  it('with a higher epoch and a shorter limit counts for what is held already', async () => {
    const { gate, clock } = open()
    gate.close(order(1, 5000))
    const held = ask(gate, 'a')
    await clock.advance(1000)
    gate.close(order(2, 2000))
    await clock.advance(999)
    expect(held.answers).toBe(0)
    await clock.advance(1)
    expect(held.rejected).toBe('expired')
  })

  it('with a longer limit lets nothing wait longer than it was promised', async () => {
    const { gate, clock } = open()
    gate.close(order(1, 1000))
    const first = ask(gate, 'first')
    gate.close(order(2, 3000))
    const second = ask(gate, 'second')
    await clock.advance(1000)
    expect([first.rejected, second.rejected]).toEqual(['expired', undefined])
    await clock.advance(2000)
    expect(second.rejected).toBe('expired')
    expect(clock.pending).toBe(0)
  })

  it('cannot hold longer than the gate itself allows', async () => {
    const { gate, clock } = open({ holdMs: 500 })
    gate.close(order(1, 60_000))
    const held = ask(gate, 'a')
    await clock.advance(500)
    expect(held.rejected).toBe('expired')
  })

  it('may lie ahead, and is then carried out by the gate itself', async () => {
    const { gate, clock } = open()
    gate.close({ ...order(1), inMs: 200 })
    await clock.advance(199)
    expect(gate.state).toBe('open')
    expect(gate.tryEnter()).toBeDefined()
    await clock.advance(1)
    expect(gate.state).toBe('closing')
  })

  it.each(['abort', 'release', 'refuse'] as const)('that lies ahead is taken back by %s', async (verb) => {
    const { gate, clock } = open()
    gate.close({ ...order(1), inMs: 200 })
    gate[verb]('no word')
    await clock.advance(1000)
    expect(gate.state).toBe(verb === 'refuse' ? 'refusing' : 'open')
    expect(gate.close(order(1))).toBe(false)
    expect(clock.pending).toBe(0)
  })

  it('that lies ahead is replaced by the next', async () => {
    const { gate, clock } = open()
    gate.close({ ...order(1), inMs: 200 })
    gate.close({ ...order(2), inMs: 500 })
    await clock.advance(200)
    expect(gate.state).toBe('open')
    await clock.advance(300)
    expect(gate.state).toBe('closed')
  })

  it('is not followed by a refusing gate, and may be given again when that is over', () => {
    const { gate } = open()
    gate.refuse('no word')
    expect(gate.close(order(7))).toBe(false)
    expect(gate.state).toBe('refusing')
    gate.abort()
    expect(gate.close(order(7))).toBe(true)
    expect(gate.state).toBe('closed')
  })
})

describe('release', () => {
  it('lets in what is held, in order, under the next generation', async () => {
    const { gate } = open()
    gate.close(order(1))
    const came: string[] = []
    const askers = ['a', 'b', 'c'].map((name) => ask(gate, name, {}, came))
    gate.release()
    await settled()
    expect(came).toEqual(['a', 'b', 'c'])
    expect(askers.map(({ unit }) => unit?.generation)).toEqual([1, 1, 1])
    expect(gate.counts()).toMatchObject({ running: 3, held: 0, heldBytes: 0, released: 3 })
  })

  it('begins with few at a time and grows with each that ends, up to its limit', async () => {
    const { gate } = open({ releaseStart: 2, releaseConcurrency: 5 })
    gate.close(order(1))
    const askers = Array.from({ length: 40 }, (_, index) => ask(gate, String(index)))
    gate.release()
    const running: number[] = []
    for (let ended = 0; ended < 20; ended++) {
      await settled()
      running.push(gate.counts().running)
      askers[ended]?.unit?.leave()
    }
    expect(running.slice(0, 6)).toEqual([2, 3, 4, 5, 5, 5])
    expect(Math.max(...running)).toBe(5)
  })

  it('runs the writes of one key one after the other, and others beside them', async () => {
    const { gate } = open()
    gate.close(order(1))
    const came: string[] = []
    const [first, , other] = [
      ask(gate, 'k1', { key: 'k' }, came),
      ask(gate, 'k2', { key: 'k' }, came),
      ask(gate, 'm1', { key: 'm' }, came),
      ask(gate, 'k3', { key: 'k' }, came),
    ]
    gate.release()
    await settled()
    expect(came).toEqual(['k1', 'm1'])
    other?.unit?.leave()
    await settled()
    expect(came).toEqual(['k1', 'm1'])
    first?.unit?.leave()
    await settled()
    expect(came).toEqual(['k1', 'm1', 'k2'])
  })

  it('lets newcomers wait behind the backlog, and then in without a bound', async () => {
    const { gate } = open({ releaseStart: 1, releaseConcurrency: 1 })
    gate.close(order(1))
    const came: string[] = []
    const first = ask(gate, 'first', {}, came)
    const second = ask(gate, 'second', {}, came)
    gate.release()
    expect(gate.tryEnter()).toBeUndefined()
    const late = ['x', 'y', 'z'].map((name) => ask(gate, name, {}, came))
    await settled()
    expect(came).toEqual(['first'])
    first.unit?.leave()
    await settled()
    expect(came).toEqual(['first', 'second', 'x', 'y', 'z'])
    expect(gate.tryEnter()).toBeDefined()
    expect([second, ...late].every(({ unit }) => unit?.generation === 1)).toBe(true)
  })

  it('keeps newcomers of a key behind what runs of it, and nobody else', async () => {
    const { gate } = open()
    gate.close(order(1))
    const came: string[] = []
    const slow = ask(gate, 'k1', { key: 'k' }, came)
    gate.release()
    ask(gate, 'k2', { key: 'k' }, came)
    ask(gate, 'k3', { key: 'k' }, came)
    ask(gate, 'm1', { key: 'm' }, came)
    ask(gate, 'free', {}, came)
    await settled()
    expect(came).toEqual(['k1', 'm1', 'free'])
    slow.unit?.leave()
    await settled()
    expect(came).toEqual(['k1', 'm1', 'free', 'k2', 'k3'])
    expect(gate.tryEnter()).toBeDefined()
  })

  it('lets nobody else wait for a key with a long line', async () => {
    const { gate } = open()
    gate.close(order(1))
    const came: string[] = []
    const line = ['k1', 'k2', 'k3'].map((name) => ask(gate, name, { key: 'k' }, came))
    gate.release()
    ask(gate, 'newcomer', { key: 'm' }, came)
    await settled()
    expect(came).toEqual(['k1', 'newcomer'])
    ask(gate, 'k4', { key: 'k' }, came)
    for (const { name } of line) {
      await settled()
      expect(came.at(-1)).toBe(name === 'k1' ? 'newcomer' : name)
      line.find((one) => one.name === name)?.unit?.leave()
    }
    await settled()
    expect(came).toEqual(['k1', 'newcomer', 'k2', 'k3', 'k4'])
    expect(gate.tryEnter()).toBeDefined()
  })

  it('leaves the units still under way in their generation', async () => {
    const { gate } = open()
    const old = gate.tryEnter()
    gate.close(order(1))
    gate.release()
    const fresh = gate.tryEnter()
    expect([old?.generation, fresh?.generation]).toEqual([0, 1])
    old?.leave()
    expect(gate.counts().running).toBe(1)
    expect(gate.state).toBe('open')
  })

  it('changes the generation of an open gate as well', () => {
    const { gate, changes } = open()
    gate.release()
    expect(gate.generation).toBe(1)
    expect(changes).toMatchObject([{ from: 'open', to: 'open', previousGeneration: 0, generation: 1 }])
  })

  it('can be followed by the next closing while its backlog still comes in', async () => {
    const { gate } = open({ releaseStart: 1, releaseConcurrency: 1 })
    gate.close(order(1))
    const askers = ['a', 'b', 'c'].map((name) => ask(gate, name))
    gate.release()
    await settled()
    gate.close(order(2))
    askers[0]?.unit?.leave()
    await settled()
    expect(gate.state).toBe('closed')
    expect(askers.map(({ answers }) => answers)).toEqual([1, 0, 0])
    gate.release()
    await settled()
    expect(askers[1]?.unit?.generation).toBe(2)
    askers[1]?.unit?.leave()
    await settled()
    askers[2]?.unit?.leave()
    expect(gate.counts()).toMatchObject({ running: 0, held: 0, released: 3 })
  })
})

describe('abort', () => {
  it('lets in what is held under the generation there was', async () => {
    const { gate } = open()
    gate.close(order(1))
    const held = ask(gate, 'a')
    gate.abort()
    await settled()
    expect(held.unit?.generation).toBe(0)
    expect(gate.generation).toBe(0)
  })

  it('of an open gate is nothing', () => {
    const { gate, changes } = open()
    gate.abort()
    expect(changes).toEqual([])
  })
})

describe('refusing', () => {
  it('rejects what is held and what comes, until it is over', async () => {
    const { gate } = open()
    gate.close(order(1))
    const held = ask(gate, 'held')
    gate.refuse('The notice has expired.')
    const late = ask(gate, 'late')
    await settled()
    expect([held.rejected, late.rejected]).toEqual(['refused', 'refused'])
    expect(gate.refusal).toBe('The notice has expired.')
    expect(gate.tryEnter()).toBeUndefined()
    expect(gate.counts()).toMatchObject({ held: 0, heldBytes: 0, rejected: 2 })
    gate.abort()
    expect(gate.refusal).toBe('')
    expect(gate.tryEnter()).toBeDefined()
  })

  it('while units run lets them end, and says when none is left', async () => {
    const { gate } = open()
    const unit = gate.tryEnter()
    gate.close(order(1))
    gate.refuse('no word')
    const drained = gate.whenDrained(forever)
    expect(gate.counts().running).toBe(1)
    unit?.leave()
    await drained
    expect(gate.state).toBe('refusing')
  })

  it('stops a release whose backlog still comes in', async () => {
    const { gate } = open({ releaseStart: 1 })
    gate.close(order(1))
    const [first, second] = [ask(gate, 'a'), ask(gate, 'b')]
    gate.release()
    gate.refuse('The target refuses writes.')
    first.unit?.leave()
    await settled()
    expect([first.answers, second.rejected]).toEqual([1, 'refused'])
  })

  it('leads to the next generation by a release', () => {
    const { gate } = open()
    gate.close(order(1))
    gate.refuse('no word')
    gate.release()
    expect([gate.state, gate.generation]).toEqual(['open', 1])
  })
})

describe('a held write', () => {
  it('is rejected at its limit, and not let in afterwards', async () => {
    const { gate, clock } = open()
    gate.close(order(1, 3000))
    const held = ask(gate, 'a')
    await clock.advance(2999)
    expect(held.answers).toBe(0)
    await clock.advance(1)
    expect(held.rejected).toBe('expired')
    gate.release()
    await settled()
    expect(held.answers).toBe(1)
    expect(gate.counts()).toMatchObject({ running: 0, expired: 1, released: 0 })
  })

  it.each(['release', 'abort'] as const)(
    'is not let in by %s when the event loop has slept past its limit and no timer has fired',
    async (verb) => {
      const clock = createStallingClock()
      const gate = createWriteGate({ clock })
      gate.close(order(1, 3000))
      const early = ask(gate, 'early')
      clock.stall(2000)
      const late = ask(gate, 'late')
      clock.stall(1000)
      gate[verb]()
      await settled()
      expect([early.rejected, late.unit?.generation]).toEqual(['expired', gate.generation])
      expect(clock.pending).toBe(0)
    },
  )

  it('is not let in by a place that gets free when the event loop has slept past its limit', async () => {
    const clock = createStallingClock()
    const gate = createWriteGate({ clock, limits: { releaseStart: 1, releaseConcurrency: 1 } })
    gate.close(order(1, 3000))
    const [first, second] = [ask(gate, 'first'), ask(gate, 'second')]
    gate.release()
    await settled()
    clock.stall(3000)
    first.unit?.leave()
    await settled()
    expect([first.answers, second.rejected]).toEqual([1, 'expired'])
  })

  it('leaves when its asker is gone, and makes room', async () => {
    const { gate, clock } = open({ held: 1 })
    gate.close(order(1))
    const asker = new AbortController()
    const gone = ask(gate, 'gone', { signal: asker.signal })
    asker.abort()
    await settled()
    expect(gone.rejected).toBe('abandoned')
    expect(gate.counts()).toMatchObject({ held: 0, heldBytes: 0, abandoned: 1 })
    expect(clock.pending).toBe(0)
    ask(gate, 'next')
    expect(gate.counts().held).toBe(1)
  })

  it('is never begun when its asker is gone already', async () => {
    const { gate } = open()
    const gone = ask(gate, 'gone', { signal: AbortSignal.abort() })
    await settled()
    expect(gone.rejected).toBe('abandoned')
    expect(gate.counts().running).toBe(0)
  })

  it('listens to no signal any more once it is answered', async () => {
    const { gate, clock } = open()
    const signal = new AbortController().signal
    let listening = 0
    const counted = Object.assign(Object.create(signal) as AbortSignal, {
      addEventListener: () => (listening += 1),
      removeEventListener: () => (listening -= 1),
    })
    gate.close(order(1, 100))
    ask(gate, 'expires', { signal: counted })
    expect(listening).toBe(1)
    await clock.advance(100)
    expect(listening).toBe(0)
    ask(gate, 'released', { signal: counted })
    gate.release()
    expect(listening).toBe(0)
  })

  it('whose asker is gone lets those behind it have their turn', async () => {
    const { gate } = open({ releaseStart: 1, releaseConcurrency: 1 })
    gate.close(order(1))
    const asker = new AbortController()
    ask(gate, 'runs')
    ask(gate, 'backlog', { signal: asker.signal })
    gate.release()
    const newcomer = ask(gate, 'newcomer')
    await settled()
    expect(newcomer.answers).toBe(0)
    asker.abort()
    await settled()
    expect(newcomer.unit).toBeDefined()
  })
})

describe('a gate that holds too much', () => {
  it.each<[string, Partial<GateLimits>, { key?: string; bytes?: number }]>([
    ['writes', { held: 2 }, {}],
    ['writes of a key', { heldPerKey: 2 }, { key: 'k' }],
    ['bytes', { bytes: 20 }, { bytes: 10 }],
  ])('rejects the newcomer at once: %s', async (_, limits, request) => {
    const { gate } = open(limits)
    gate.close(order(1))
    const askers = ['a', 'b', 'c'].map((name) => ask(gate, name, request))
    await settled()
    expect(askers.map(({ rejected }) => rejected)).toEqual([undefined, undefined, 'full'])
    expect(gate.counts()).toMatchObject({ held: 2, rejected: 1 })
  })

  it('still holds other keys when one has as many as it may', async () => {
    const { gate } = open({ heldPerKey: 1 })
    gate.close(order(1))
    const askers = [
      ask(gate, 'a', { key: 'k' }),
      ask(gate, 'b', { key: 'k' }),
      ask(gate, 'c', { key: 'm' }),
      ask(gate, 'd'),
    ]
    await settled()
    expect(askers.map(({ rejected }) => rejected)).toEqual([undefined, 'full', undefined, undefined])
  })

  it('may reject what has waited longest instead', async () => {
    const { gate } = open({ held: 2, bytes: 20 }, 'reject-oldest')
    gate.close(order(1))
    const askers = [ask(gate, 'a', { bytes: 10 }), ask(gate, 'b', { bytes: 10 })]
    askers.push(ask(gate, 'c', { bytes: 15 }), ask(gate, 'huge', { bytes: 21 }))
    await settled()
    expect(askers.map(({ rejected }) => rejected)).toEqual(['full', 'full', undefined, 'full'])
    expect(gate.counts()).toMatchObject({ held: 1, heldBytes: 15 })
  })

  it('counts none whose time is over', async () => {
    const clock = createStallingClock()
    const gate = createWriteGate({ clock, limits: { held: 1 } })
    gate.close(order(1, 1000))
    ask(gate, 'old')
    clock.stall(5000)
    const next = ask(gate, 'next')
    await settled()
    expect(next.answers).toBe(0)
    expect(gate.counts()).toMatchObject({ held: 1, expired: 1 })
  })
})

describe('numbers that are none or endless', () => {
  it('make no timer that fires at once, again and again', async () => {
    const { gate, clock } = open({ holdMs: Infinity })
    gate.close({ ...order(1, Infinity), inMs: 30 * 86_400_000 })
    await clock.advance(29 * 86_400_000)
    expect(gate.state).toBe('open')
    await clock.advance(86_400_000)
    expect(gate.state).toBe('closed')
    const held = ask(gate, 'a')
    await clock.advance(60 * 86_400_000)
    expect(held.answers).toBe(0)
    expect(clock.pending).toBe(1)
  })

  it('leave the limits in force', async () => {
    const { gate, clock } = open({ holdMs: 500, bytes: 10 })
    gate.close(order(1, Number.NaN))
    ask(gate, 'a', { bytes: Number.NaN })
    const full = ask(gate, 'b', { bytes: 11 })
    await clock.advance(500)
    expect(full.rejected).toBe('full')
    expect(gate.counts()).toMatchObject({ held: 0, heldBytes: 0, expired: 1 })
  })
})

describe('an order whose moment has passed without a timer', () => {
  it.each(['tryEnter', 'enter'] as const)('is carried out by %s', async (verb) => {
    const clock = createStallingClock()
    const gate = createWriteGate({ clock })
    gate.close({ ...order(1), inMs: 50 })
    clock.stall(51)
    const unit = verb === 'tryEnter' ? gate.tryEnter() : ask(gate, 'a').unit
    await settled()
    expect(unit).toBeUndefined()
    expect(gate.state).toBe('closed')
    expect(gate.counts().running).toBe(0)
  })

  it('is carried out before the next one is looked at', () => {
    const clock = createStallingClock()
    const gate = createWriteGate({ clock })
    gate.close({ ...order(1), inMs: 50 })
    clock.stall(50)
    gate.close({ ...order(2), inMs: 50 })
    expect(gate.state).toBe('closed')
  })

  it('is carried out by the unit that leaves, before anything more of a backlog is let in', async () => {
    const clock = createStallingClock()
    const gate = createWriteGate({ clock, limits: { releaseStart: 1 } })
    gate.close(order(1))
    const [first, second] = [ask(gate, 'first'), ask(gate, 'second')]
    gate.release()
    gate.close({ ...order(2), inMs: 50 })
    await settled()
    clock.stall(50)
    first.unit?.leave()
    await settled()
    expect([gate.state, second.answers]).toEqual(['closed', 0])
  })
})

describe('units that take too long', () => {
  it('can be ended, oldest first, but for one that is committing', async () => {
    const { gate, clock } = open()
    const ended: string[] = []
    const old = gate.tryEnter((reason) => ended.push(`old: ${reason.message}`))
    await clock.advance(5)
    const commits = gate.tryEnter(() => ended.push('commits'))
    gate.tryEnter()
    gate.close(order(1))
    commits?.committing()
    const units = gate.running()
    expect(units.map(({ sinceMs, committing }) => [sinceMs, committing])).toEqual([
      [0, false],
      [5, true],
      [5, false],
    ])
    for (const { end } of units) end?.(new Error('too late'))
    for (const { end } of units) end?.(new Error('once more'))
    expect(ended).toEqual(['old: too late'])
    old?.leave()
    expect(gate.counts().running).toBe(2)
  })

  it('are not ended when they have come to their COMMIT, or have left, since they were listed', () => {
    const { gate } = open()
    const ended: string[] = []
    const commits = gate.tryEnter(() => ended.push('commits'))
    const left = gate.tryEnter(() => ended.push('left'))
    const units = gate.running()
    commits?.committing()
    left?.leave()
    for (const { end } of units) end?.(new Error('too late'))
    expect(ended).toEqual([])
  })
})
