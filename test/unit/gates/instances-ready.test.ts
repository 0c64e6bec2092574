import { describe, expect, it } from 'vitest'
import { instancesReady } from '../../../src/gates/instances-ready.ts'
import { announceUpgrade } from '../../../src/steps/announce-upgrade.ts'
import { stageDatasource } from '../../../src/steps/stage-datasource.ts'
import { overwrite } from '../../fakes/fake-config-center.ts'
import { addAccount, mayReadReleases } from '../../fakes/fake-database-server.ts'
import { createFakeWorld, sentinel, type FakeWorld } from '../../fakes/fake-world.ts'

const stage = stageDatasource.schema.parse({
  service: 'orders',
  datasource: { database: 'target', user: 'orders_rw', password: 'env:ORDERS_RW_PASSWORD' },
})
const armed = announceUpgrade.schema.parse({
  phase: 'armed',
  services: ['orders'],
  staged: ['orders'],
  validFor: '30m',
})

async function armedWorld(): Promise<FakeWorld> {
  const world = createFakeWorld()
  addAccount(world.target, 'orders_rw', `${sentinel}-rw`, ['SELECT ON orders.*', mayReadReleases])
  const context = world.context()
  await stageDatasource.run(context, stage, await stageDatasource.observe(context, stage))
  await announceUpgrade.run(context, armed, { before: null })
  return world
}

async function read(world: FakeWorld, settings: Record<string, string> = {}) {
  const want = instancesReady.schema.parse({ services: ['orders'], ...settings })
  const reader = await instancesReady.open(world.context(), want)
  return reader.read(new AbortController().signal)
}

function hotOf(world: FakeWorld, index: number) {
  const hot = world.orders.instances[index]?.hot
  if (!hot) throw new Error(`no instance ${index}`)
  return hot
}

describe('instances-ready', () => {
  it('is open when every process has its next datasource open', async () => {
    const reading = await read(await armedWorld())
    expect(reading).toMatchObject({
      state: 'open',
      measured: expect.stringMatching(/^2 of 2 processes answer/),
    })
  })

  it.each<[string, (world: FakeWorld) => unknown, RegExp]>([
    [
      'has not heard the notice',
      (world) => (hotOf(world, 1).deaf = true),
      /orders-2 of orders has not heard/,
    ],
    ['does not answer', (world) => (hotOf(world, 1).silent = true), /orders-2 of orders does not say how/],
    ['refuses the token', (world) => (hotOf(world, 0).refusesToken = true), /orders-1.*refuses the token/],
    [
      'is of another service',
      (world) => (hotOf(world, 0).wrong = { service: 'x' }),
      /orders-1.*belongs to x/,
    ],
    [
      'cannot log in at the target',
      (world) => world.target.accounts.delete('orders_rw@%'),
      /orders-1 of orders cannot use 10\.0\.0\.1:3307\/orders: cannot log in/,
    ],
    [
      'has a unit of work that is too old',
      (world) => (hotOf(world, 0).longestWorkMs = 1500),
      /orders-1 of orders has a unit of work under way for 1\.5 s/,
    ],
    [
      'has a clock that is far from the others',
      (world) => (hotOf(world, 0).clockAheadMs = 300),
      /the clock of orders-1 of orders is 150 ms from the others/,
    ],
    [
      'has not opened the version that is staged now',
      (world) =>
        overwrite(world.center, { group: 'DEFAULT_GROUP', dataId: 'cutover-next.orders.yaml' }, 'a: 1'),
      /orders-1 of orders has not opened the staged datasource yet/,
    ],
  ])('is closed, naming it, when a process %s', async (_what, spoil, reason) => {
    const world = await armedWorld()
    spoil(world)
    expect(await read(world)).toMatchObject({ state: 'closed', reason: expect.stringMatching(reason) })
  })

  it('names all findings in one reading', async () => {
    const world = await armedWorld()
    hotOf(world, 0).longestWorkMs = 5000
    hotOf(world, 1).silent = true
    const reading = await read(world)
    expect(reading).toMatchObject({ reason: expect.stringMatching(/orders-2.*orders-1/) })
  })

  it('takes clocks that are all wrong in the same way for what they are', async () => {
    const world = await armedWorld()
    for (const { hot } of world.orders.instances) hot.clockAheadMs = 4000
    expect(await read(world)).toMatchObject({ state: 'open' })
    for (const { hot } of world.orders.instances) hot.clockAheadMs = 6000
    expect(await read(world)).toMatchObject({
      state: 'closed',
      reason: expect.stringMatching(/6 s from the config center's/),
    })
  })

  it('does not care for the clock of the runner', async () => {
    const world = await armedWorld()
    world.clock.jump(-7_200_000)
    expect(await read(world)).toMatchObject({ state: 'open' })
  })

  it('is closed when nobody is found', async () => {
    const world = await armedWorld()
    const fleet = { ...world.ports.service('orders'), instances: () => Promise.resolve([]) }
    const ports = { ...world.ports, service: () => fleet }
    const want = instancesReady.schema.parse({ services: ['orders'] })
    const reader = await instancesReady.open(world.context({ ports }), want)
    expect(await reader.read(new AbortController().signal)).toMatchObject({
      state: 'unknown',
      reason: 'no instance of orders was found',
    })
  })
})
