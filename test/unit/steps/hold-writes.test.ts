import { describe, expect, it } from 'vitest'
import { CutoverError } from '../../../src/core/errors.ts'
import { parseNotice, type Notice } from '../../../src/core/notice.ts'
import { announceUpgrade } from '../../../src/steps/announce-upgrade.ts'
import { holdWrites } from '../../../src/steps/hold-writes.ts'
import { releaseWrites } from '../../../src/steps/release-writes.ts'
import { stageDatasource } from '../../../src/steps/stage-datasource.ts'
import { documentKey, overwrite } from '../../fakes/fake-config-center.ts'
import { addAccount, mayReadReleases } from '../../fakes/fake-database-server.ts'
import { createFakeWorld, noticeDocument, sentinel, type FakeWorld } from '../../fakes/fake-world.ts'
import { failureOf } from './step-rules.ts'

const armed = announceUpgrade.schema.parse({
  phase: 'armed',
  services: ['orders'],
  staged: ['orders'],
  validFor: '30m',
})
const stage = stageDatasource.schema.parse({
  service: 'orders',
  datasource: { database: 'target', user: 'orders_rw', password: 'env:ORDERS_RW_PASSWORD' },
})
const want = holdWrites.schema.parse({ services: ['orders'] })
const release = releaseWrites.schema.parse({ services: ['orders'], database: 'target' })

const nothing = { released: [], epoch: 1 }

/** A world in which every process has its next datasource open. */
async function armedWorld(prepare: (world: FakeWorld) => void = () => undefined): Promise<FakeWorld> {
  const world = createFakeWorld()
  prepare(world)
  addAccount(world.target, 'orders_rw', `${sentinel}-rw`, ['SELECT ON orders.*', mayReadReleases])
  world.target.hasReleaseTable = true
  const context = world.context()
  await stageDatasource.run(context, stage, await stageDatasource.observe(context, stage))
  await announceUpgrade.run(context, armed, { before: null })
  return world
}

function noticeOf(world: FakeWorld): Notice | undefined {
  return parseNotice(world.center.documents.get(documentKey(noticeDocument))?.content ?? '')
}

const first = (world: FakeWorld) => hotOf(world, 0)
function hotOf(world: FakeWorld, index: number) {
  const hot = world.orders.instances[index]?.hot
  if (!hot) throw new Error(`no instance ${index}`)
  return hot
}

async function hold(world: FakeWorld, settings = want) {
  const context = world.context()
  const seen = await holdWrites.observe(context, settings)
  await world.clock.drive(holdWrites.run(context, settings, seen))
  return { context, seen }
}

async function statesOf(world: FakeWorld): Promise<readonly string[]> {
  const fleet = world.ports.service('orders')
  const signal = new AbortController().signal
  const instances = await fleet.instances(signal)
  const reports = await Promise.all(instances.map((one) => fleet.status(one, signal)))
  return reports.map(({ status }) => status.gate)
}

describe('hold-writes', () => {
  it('closes every process at one moment that lies ahead', async () => {
    const world = await armedWorld()
    const startedAt = world.clock.now().getTime()
    const { context, seen } = await hold(world)
    const notice = noticeOf(world)
    expect(notice).toMatchObject({
      phase: 'holding',
      runId: 'run-1',
      staged: { orders: { dataId: 'cutover-next.orders.yaml' } },
      hold: { drainMs: 2000, late: 'keep', limitMs: 8000 },
    })
    expect(Date.parse(notice?.hold?.at ?? '')).toBe(startedAt + 3000)
    expect(await statesOf(world)).toEqual(['closed', 'closed'])
    const verdict = await holdWrites.verify(context, want, seen)
    expect(verdict).toMatchObject({ holds: true, facts: { at: notice?.hold?.at } })
  })

  it('gives the process whose clock is furthest ahead the whole time, too', async () => {
    const world = await armedWorld()
    const startedAt = world.clock.now().getTime()
    first(world).clockAheadMs = 400
    hotOf(world, 1).clockAheadMs = -300
    await hold(world)
    // By its own clock, which is 400 ms ahead, this is 3 s from the beginning.
    expect(Date.parse(noticeOf(world)?.hold?.at ?? '')).toBe(startedAt + 3400)
    expect(world.clock.now().getTime()).toBeGreaterThanOrEqual(startedAt + 3700)
  })

  it('is not moved by a runner whose own clock is an hour wrong', async () => {
    const world = await armedWorld()
    const trueNow = world.clock.now().getTime()
    world.clock.jump(3_600_000)
    await hold(world)
    expect(Date.parse(noticeOf(world)?.hold?.at ?? '')).toBe(trueNow + 3000)
    expect(Date.parse(noticeOf(world)?.until ?? '')).toBe(trueNow + 60_000)
  })

  it('is taken back when a process has not heard it in time, before anybody closes', async () => {
    const world = await armedWorld()
    const fleet = world.ports.service('orders')
    const [one] = await fleet.instances(new AbortController().signal)
    if (!one) throw new Error('no instance')
    await fleet.status(one, new AbortController().signal)
    first(world).deaf = true
    const context = world.context()
    const startedAt = world.clock.monotonicMs()
    const seen = await holdWrites.observe(context, want)
    const failure = await failureOf(world.clock.drive(holdWrites.run(context, want, seen)))
    expect(failure).toMatchObject({
      code: 'service.unhealthy',
      message: expect.stringMatching(/not heard in time by orders-1 of orders/),
    })
    expect(noticeOf(world)).toMatchObject({ phase: 'armed', runId: 'run-1' })
    expect(noticeOf(world)?.hold).toBeUndefined()
    expect(world.clock.monotonicMs() - startedAt).toBeLessThan(3000)
    expect(await statesOf(world)).toEqual(['open', 'open'])
  })

  it.each([
    [
      'does not answer',
      (world: FakeWorld) => (first(world).silent = true),
      /orders-1.*does not say how it is/,
    ],
    [
      'is another service by now',
      (world: FakeWorld) => (first(world).wrong = { service: 'billing' }),
      /belongs to billing/,
    ],
    [
      'refuses the token',
      (world: FakeWorld) => (first(world).refusesToken = true),
      /orders-1.*refuses the token/,
    ],
    [
      'cannot use what was staged',
      (world: FakeWorld) => (world.target.hasReleaseTable = world.target.accounts.delete('orders_rw@%')),
      /orders-1 of orders cannot use .*cannot log in/,
    ],
  ])('orders nothing when a process %s', async (_what, spoil, message) => {
    const world = await armedWorld()
    spoil(world)
    const before = noticeOf(world)
    const context = world.context()
    const failure = await failureOf(
      world.clock.drive(holdWrites.run(context, want, await holdWrites.observe(context, want))),
    )
    expect(failure).toMatchObject({ code: 'service.unhealthy', message: expect.stringMatching(message) })
    expect(noticeOf(world)).toEqual(before)
  })

  it('gives up when a unit of work does not end, names its age, and lets writes pass again', async () => {
    const world = await armedWorld()
    first(world).longestWorkMs = 3000
    const context = world.context()
    const seen = await holdWrites.observe(context, want)
    const failure = await failureOf(world.clock.drive(holdWrites.run(context, want, seen)))
    expect(failure.message).toMatch(/orders-1 of orders is closing \(1 units of work .* 3000 ms\)/)
    expect(await statesOf(world)).toEqual(['open', 'open'])
  })

  it('ends a unit of work that is late where the playbook says so', async () => {
    const world = await armedWorld()
    first(world).longestWorkMs = 3000
    const late = holdWrites.schema.parse({ services: ['orders'], late: 'end' })
    const { context, seen } = await hold(world, late)
    expect(await holdWrites.verify(context, late, seen)).toMatchObject({ holds: true })
  })

  it('holds anew when the process that held before is gone: what waited goes on first', async () => {
    const world = await armedWorld()
    const { seen } = await hold(world)
    const at = noticeOf(world)?.hold?.at ?? ''
    const taken = world.context({ epoch: 2 })
    await world.clock.advance(20_000)
    expect(await statesOf(world)).toEqual(['refusing', 'refusing'])
    expect(await holdWrites.verify(taken, want, seen)).toMatchObject({ holds: false })
    await world.clock.drive(holdWrites.run(taken, want, seen))
    expect(await holdWrites.verify(taken, want, seen)).toMatchObject({ holds: true })
    expect(Date.parse(noticeOf(world)?.hold?.at ?? '')).toBeGreaterThan(Date.parse(at))
  })

  it('is in doubt after a crash only until it has looked', async () => {
    const world = await armedWorld()
    const { seen } = await hold(world)
    expect(await holdWrites.verify(world.context({ epoch: 2 }), want, seen)).toMatchObject({ holds: true })
  })

  it('opens every gate onto the source when it is undone, also twice, and says who does not answer', async () => {
    const world = await armedWorld()
    const before = noticeOf(world)
    const { context, seen } = await hold(world)
    await world.clock.drive(holdWrites.undo?.(context, want, seen) ?? Promise.resolve())
    await world.clock.drive(holdWrites.undo?.(context, want, seen) ?? Promise.resolve())
    expect(await statesOf(world)).toEqual(['open', 'open'])
    expect(noticeOf(world)).toMatchObject({ phase: 'armed', staged: before?.staged })
    expect(Date.parse(noticeOf(world)?.since ?? '')).toBeGreaterThan(Date.parse(before?.since ?? ''))
    first(world).silent = true
    expect(await holdWrites.verifyUndone?.(context, want, seen)).toMatchObject({
      holds: true,
      evidence: expect.stringContaining('no answer from orders-1'),
    })
  })

  it('is not undone as long as a process that answers is still closed', async () => {
    const world = await armedWorld()
    const { context, seen } = await hold(world)
    for (const { hot } of world.orders.instances) hot.deaf = true
    await world.clock.drive(holdWrites.undo?.(context, want, seen) ?? Promise.resolve())
    expect(await holdWrites.verifyUndone?.(context, want, seen)).toMatchObject({ holds: false })
  })

  it('does not touch a notice that another run has written meanwhile', async () => {
    const world = await armedWorld()
    const { context, seen } = await hold(world)
    const other = world.context({ runId: 'run-2', epoch: 9 })
    await announceUpgrade.run(other, armed, { before: null })
    const theirs = noticeOf(world)
    await world.clock.drive(holdWrites.undo?.(context, want, seen) ?? Promise.resolve())
    expect(noticeOf(world)).toEqual(theirs)
  })

  it('wants the notice armed by this run, with everything staged', async () => {
    const world = await armedWorld()
    const failure = await failureOf(holdWrites.observe(world.context({ runId: 'run-2' }), want))
    expect(failure).toMatchObject({
      code: 'system.refused',
      hint: expect.stringContaining('announce-upgrade'),
    })
  })

  it.each([
    ['a margin that is longer than the lead', { lead: '1s', margin: '1s' }],
    ['a drain that is longer than the limit', { drain: '9s' }],
    ['a notice that ends before the hold does', { validFor: '10s' }],
  ])('refuses %s', (_what, settings) => {
    expect(holdWrites.schema.safeParse({ services: ['orders'], ...settings }).success).toBe(false)
  })
})

describe('release-writes', () => {
  it('lets every process go on at the target, and only by a row there', async () => {
    const world = await armedWorld()
    const { context } = await hold(world)
    expect(await releaseWrites.verify(context, release, nothing)).toMatchObject({ holds: false })
    await world.clock.drive(releaseWrites.run(context, release, nothing))
    expect(await releaseWrites.verify(context, release, nothing)).toMatchObject({
      holds: true,
      evidence: '2 processes write to target',
    })
    expect(world.orders.instances.map(({ datasource }) => datasource?.database)).toEqual(['target', 'target'])
    expect(world.target.releases).toMatchObject([{ service: 'orders', runId: 'run-1', epoch: 1 }])
  })

  it('is believed where an earlier run has left a notice with a higher epoch', async () => {
    const world = await armedWorld(({ center }) => {
      const earlier: Notice = {
        kind: 'cutover-notice',
        version: 1,
        runId: 'run-0',
        epoch: 7,
        phase: 'done',
        services: ['orders'],
        since: '2026-11-20T02:00:00.000Z',
        until: '2026-11-20T02:10:00.000Z',
        retryAfterSeconds: 1,
      }
      overwrite(center, noticeDocument, JSON.stringify(earlier), { type: 'json' })
    })
    const { context } = await hold(world)
    expect(noticeOf(world)).toMatchObject({ runId: 'run-1', epoch: 7 })
    const seen = await releaseWrites.observe(context, release)
    await world.clock.drive(releaseWrites.run(context, release, seen))
    // The library takes no release with a lower epoch than the notice's.
    expect(world.target.releases).toMatchObject([{ runId: 'run-1', epoch: 7 }])
  })

  it('reaches processes that had given the run up, when it was taken up long after its runner died', async () => {
    const world = await armedWorld()
    await hold(world)
    await world.clock.advance(120_000)
    expect(await statesOf(world)).toEqual(['open', 'open'])
    const taken = world.context({ epoch: 2 })
    await world.clock.drive(releaseWrites.run(taken, release, nothing))
    expect(await releaseWrites.verify(taken, release, nothing)).toMatchObject({ holds: true })
    expect(world.orders.instances.map(({ datasource }) => datasource?.database)).toEqual(['target', 'target'])
  })

  it('stands without the config center', async () => {
    const world = await armedWorld()
    const { context } = await hold(world)
    const away = () => {
      throw new CutoverError('system.unreachable', 'nacos does not answer')
    }
    const ports = { ...world.ports, configCenter: away }
    const cut = { ...context, ports }
    await world.clock.drive(releaseWrites.run(cut, release, await releaseWrites.observe(cut, release)))
    expect(await releaseWrites.verify(cut, release, nothing)).toMatchObject({ holds: true })
  })

  it('goes on without a process that does not answer, after having waited, and names it', async () => {
    const world = await armedWorld()
    const { context } = await hold(world)
    first(world).silent = true
    const startedAt = world.clock.monotonicMs()
    await world.clock.drive(releaseWrites.run(context, release, nothing))
    expect(world.clock.monotonicMs() - startedAt).toBeGreaterThanOrEqual(5000)
    expect(await releaseWrites.verify(context, release, nothing)).toMatchObject({
      holds: true,
      evidence: expect.stringContaining('no answer from orders-1 of orders'),
    })
  })

  it('is not done as long as a process that answers has not switched', async () => {
    const world = await armedWorld()
    const { context } = await hold(world)
    first(world).wrong = {}
    await world.clock.drive(releaseWrites.run(context, release, nothing))
    const [instance] = world.orders.instances
    if (!instance) throw new Error('no instance')
    instance.datasource = { database: 'source', user: 'orders_app' }
    expect(await releaseWrites.verify(context, release, nothing)).toMatchObject({
      holds: false,
      reason: expect.stringMatching(/orders-1 of orders still writes to 10\.0\.0\.1:3306/),
      hint: expect.stringContaining('Restart'),
    })
  })

  it('cannot be undone, and says why', () => {
    expect(Object.hasOwn(releaseWrites, 'undo')).toBe(false)
    expect(releaseWrites.irreversible).toMatch(/write to the target/)
  })
})
