import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ControllerWorld } from './controller-world.ts'
import { createControllerWorld } from './controller-world.ts'
import { noticeText, staged } from './machine-world.ts'

let world: ControllerWorld

beforeEach(() => {
  world = createControllerWorld()
})
afterEach(async () => {
  await world.clock.drive(world.controller[Symbol.asyncDispose]())
  expect(world.clock.pending, 'timers left behind').toBe(0)
  expect(world.target.closed + world.swaps.length, 'datasources left open').toBe(world.target.opened)
})

/** Moments in milliseconds from now on. */
const say = (phase: Parameters<typeof noticeText>[0], said: Partial<Parameters<typeof noticeText>[1]> = {}) =>
  world.center.say(noticeText(phase, { since: world.clock.monotonicMs(), ...said }))

async function armed() {
  say('armed')
  await world.clock.advance(100)
  expect(world.controller.next?.ready).toBe(true)
}

async function holding(said: Partial<Parameters<typeof noticeText>[1]> = {}) {
  await armed()
  say('holding', { at: world.clock.monotonicMs() + 50, ...said })
  await world.clock.advance(60)
  expect(world.gate.state).toBe('closed')
}

describe('a whole switch', () => {
  it('holds writes at the moment, runs them on the target once that is released, and goes on there', async () => {
    await holding()
    const held = [world.write(), world.write()]
    await world.clock.advance(20)
    expect(world.gate.counts().held).toBe(2)
    world.target.row = { epoch: 1 }
    await world.clock.advance(5)
    expect(await Promise.all(held)).toEqual(['target:3306/shop', 'target:3306/shop'])
    expect(world.swaps).toEqual(['target:3306/shop while closed'])
    expect([world.gate.state, world.gate.generation, world.controller.next]).toEqual(['open', 1, null])
    say('done')
    await world.clock.advance(70_000)
    expect(await world.write()).toBe('target:3306/shop')
    expect(world.swaps).toHaveLength(1)
  })

  it('asks the target every few milliseconds while writes are held, and seldom otherwise', async () => {
    await armed()
    const before = world.target.asked
    await world.clock.advance(10_000)
    expect(world.target.asked - before).toBeLessThan(12)
    say('holding', { at: world.clock.monotonicMs() + 10, limitMs: 200_000, until: 900_000 })
    await world.clock.advance(10)
    const closed = world.target.asked
    await world.clock.advance(300)
    expect(world.target.asked - closed).toBeGreaterThan(90)
    await world.clock.advance(10_000)
    const later = world.target.asked
    await world.clock.advance(1000)
    expect(world.target.asked - later).toBeLessThan(12)
  })

  it('tells the pool when nothing is under way any more', async () => {
    await armed()
    const unit = world.gate.tryEnter()
    say('holding', { at: world.clock.monotonicMs() + 10 })
    await world.clock.advance(20)
    expect([world.gate.state, world.closedWriters()]).toEqual(['closing', 0])
    unit?.leave()
    await world.clock.advance(0)
    expect([world.gate.state, world.closedWriters()]).toEqual(['closed', 1])
  })
})

describe('a unit of work that takes longer than the drain', () => {
  it.each([
    ['keep', 0],
    ['end', 1],
  ] as const)('with late %s is ended %i times, and never while it commits', async (late, times) => {
    await armed()
    const ended: string[] = []
    const slow = world.gate.tryEnter((reason) => ended.push((reason as { code?: string }).code ?? ''))
    const committing = world.gate.tryEnter(() => ended.push('committing'))
    committing?.committing()
    const at = world.clock.monotonicMs() + 10
    const text = noticeText('holding', { since: at - 10, at }).replace('"keep"', `"${late}"`)
    world.center.say(text)
    await world.clock.advance(509)
    expect(ended).toEqual([])
    await world.clock.advance(2)
    expect(ended).toEqual(Array.from({ length: times }, () => 'CUTOVER_ENDED'))
    slow?.leave()
    committing?.leave()
    await world.clock.advance(0)
    expect(world.gate.state).toBe('closed')
  })
})

describe('the next datasource', () => {
  it('is opened when the notice names it, and reported with the version it was read in', async () => {
    await armed()
    expect(world.controller.next).toEqual({
      etag: staged.etag,
      datasource: 'target:3306/shop',
      ready: true,
      problems: [],
    })
  })

  it('is waited for until the document is there in that version', async () => {
    say('armed', { staged: { orders: { ...staged, etag: 'e2' } } })
    await world.clock.advance(100)
    expect(world.controller.next).toMatchObject({ etag: 'e2', ready: false, datasource: '' })
    expect(world.controller.next?.problems).toHaveLength(1)
    world.center.stage('e2', 'second:3306/shop')
    await world.clock.advance(100)
    expect(world.controller.next).toMatchObject({ ready: true, datasource: 'second:3306/shop' })
  })

  it('is replaced by a newer version, and closed when the run is undone, removed or over', async () => {
    await armed()
    world.center.stage('e2', 'second:3306/shop')
    say('armed', { staged: { orders: { ...staged, etag: 'e2' } } })
    await world.clock.advance(100)
    expect([world.target.opened, world.target.closed]).toEqual([2, 1])
    world.center.say(null)
    await world.clock.advance(1)
    expect([world.controller.next, world.target.closed]).toEqual([null, 2])
    await armed()
    await world.clock.advance(60_000)
    expect([world.controller.next, world.target.closed]).toEqual([null, 3])
  })

  it('that cannot be reached is reported without what the driver says, and tried again', async () => {
    world.target.isDown = true
    say('armed')
    await world.clock.advance(100)
    expect(world.controller.next).toMatchObject({
      ready: false,
      problems: ['It cannot be used: ECONNREFUSED.'],
    })
    world.target.isDown = false
    await world.clock.advance(5000)
    expect([world.controller.next?.ready, world.target.urgent]).toEqual([true, false])
  })

  it('is looked at again while something is not in order there', async () => {
    world.target.problems = ['The table of releases cannot be read.']
    say('armed')
    await world.clock.advance(100)
    expect(world.controller.next).toMatchObject({ ready: false, problems: world.target.problems })
    world.target.problems = []
    await world.clock.advance(5000)
    expect(world.controller.next?.ready).toBe(true)
  })

  it('keeps its connections open while it waits, but not while writes are held', async () => {
    await armed()
    await world.clock.advance(29_000)
    expect(world.target.warmed).toBe(0)
    await world.clock.advance(10_000)
    expect(world.target.warmed).toBe(1)
    say('holding', { at: world.clock.monotonicMs() + 10, limitMs: 200_000, until: 900_000 })
    await world.clock.advance(60_000)
    expect(world.target.warmed).toBe(1)
  })

  it('is not ready while it does not answer', async () => {
    await armed()
    world.target.isDown = true
    await world.clock.advance(2000)
    expect(world.controller.next?.ready).toBe(false)
    expect(JSON.stringify(world.controller.next)).not.toContain('secret')
    world.target.isDown = false
    await world.clock.advance(2000)
    expect(world.controller.next?.ready).toBe(true)
  })
})

describe('a pause that is called off', () => {
  it('lets the held writes go on at the source once the target was asked', async () => {
    await holding()
    const held = world.write()
    say('armed')
    await world.clock.advance(10)
    expect(await held).toBe('source:3306/shop')
    expect([world.gate.state, world.gate.generation]).toEqual(['open', 0])
  })

  it('and ordered again closes the gate again', async () => {
    await holding()
    say('armed')
    await world.clock.advance(10)
    say('holding', { at: world.clock.monotonicMs() + 20 })
    await world.clock.advance(25)
    expect(world.gate.state).toBe('closed')
    world.target.row = { epoch: 1 }
    await world.clock.advance(5)
    expect(await world.write()).toBe('target:3306/shop')
  })

  it('waits a second for a target that does not answer: perhaps it is what the run failed at', async () => {
    await holding()
    world.target.isDown = true
    const held = world.write()
    say('armed')
    await world.clock.advance(900)
    expect(world.gate.state).toBe('closed')
    await world.clock.advance(200)
    expect(await held).toBe('source:3306/shop')
  })

  it('is not believed while the target does not answer, when the run itself does not say so', async () => {
    await holding()
    world.target.isDown = true
    world.center.say(null)
    await world.clock.advance(30_000)
    expect(world.gate.state).toBe('refusing')
    world.target.isDown = false
    await world.clock.advance(3000)
    expect(await world.write()).toBe('source:3306/shop')
  })
})

describe('a release that comes late', () => {
  it('finds the writes answered at their limit, and the process still asking', async () => {
    await holding()
    const held = world.write()
    await world.clock.advance(2000)
    expect(await held).toMatch(/CUTOVER_(EXPIRED|REFUSED)/)
    expect([world.gate.state, await world.write()]).toEqual(['refusing', 'CUTOVER_REFUSED'])
    await world.clock.advance(20_000)
    world.target.row = { epoch: 1 }
    await world.clock.advance(200)
    expect(await world.write()).toBe('target:3306/shop')
  })
})

describe('the config center away', () => {
  it('before the hold: the gate closes at its moment all the same', async () => {
    await armed()
    say('holding', { at: world.clock.monotonicMs() + 500 })
    await world.clock.advance(10)
    world.center.setDown(true)
    await world.clock.advance(500)
    expect(world.gate.state).toBe('closed')
    world.target.row = { epoch: 1 }
    await world.clock.advance(5)
    expect(await world.write()).toBe('target:3306/shop')
  })

  it('until the notice expires: refuses, and waits for both the center and the target', async () => {
    await holding({ until: world.clock.monotonicMs() + 1500 })
    world.center.setDown(true)
    await world.clock.advance(120_000)
    expect(world.gate.state).toBe('refusing')
    world.center.setDown(false)
    await world.clock.advance(5000)
    expect(await world.write()).toBe('source:3306/shop')
  })

  it('is read about once a second while that is what a refusing gate waits for, and not otherwise', async () => {
    await holding()
    expect(world.center.reads).toBe(0)
    await world.clock.advance(2000)
    const before = world.center.reads
    await world.clock.advance(10_000)
    expect(world.center.reads - before).toBeGreaterThan(7)
    expect(world.center.reads - before).toBeLessThan(12)
  })
})

describe('a process that starts in the middle', () => {
  it('of the hold begins with a closed gate, opens the target and follows the release', async () => {
    say('holding', { at: world.clock.monotonicMs() - 100 })
    await world.controller.ready(new AbortController().signal)
    expect(world.gate.state).not.toBe('open')
    const held = world.write()
    await world.clock.advance(50)
    expect(world.target.urgent, 'opened without taking its time').toBe(true)
    world.target.row = { epoch: 1 }
    await world.clock.advance(10)
    expect(await held).toBe('target:3306/shop')
  })

  it('after the release goes to the target before its first write', async () => {
    world.target.row = { epoch: 1 }
    say('holding', { at: world.clock.monotonicMs() - 100 })
    await world.controller.ready(new AbortController().signal)
    const held = world.write()
    await world.clock.advance(10)
    expect(await held).toBe('target:3306/shop')
  })

  it('while the target cannot be reached answers "upgrading" at the limit, and nothing runs', async () => {
    world.target.isDown = true
    say('holding', { at: world.clock.monotonicMs() - 100 })
    await world.controller.ready(new AbortController().signal)
    const held = world.write()
    await world.clock.advance(60_000)
    expect(await held).toMatch(/CUTOVER_(EXPIRED|REFUSED)/)
    expect([world.gate.state, world.swaps]).toEqual(['refusing', []])
  })
})
