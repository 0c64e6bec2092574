import { describe, expect, it } from 'vitest'
import { switchConfig } from '../../../src/steps/switch-config.ts'
import { tryConfig } from '../../../src/steps/try-config.ts'
import { documentKey, overwrite } from '../../fakes/fake-config-center.ts'
import { addAccount } from '../../fakes/fake-database-server.ts'
import { createFakeWorld, ordersDocument, sentinel, type FakeWorld } from '../../fakes/fake-world.ts'
import { failureOf, followsTheRulesOfSteps } from './step-rules.ts'

const datasource = { database: 'target', user: 'orders_ro', password: 'env:ORDERS_RO_PASSWORD' }
const one = { service: 'orders', instances: ['orders-1'], datasource }
const want = tryConfig.schema.parse(one)
const all = switchConfig.schema.parse({ service: 'orders', datasource })
const key = documentKey(ordersDocument)

function addReadOnlyAccount(world: FakeWorld): void {
  addAccount(world.target, 'orders_ro', `${sentinel}-ro`, ['SELECT ON orders.*'])
}
function worldWithAccount(): FakeWorld {
  const world = createFakeWorld()
  addReadOnlyAccount(world)
  return world
}
function putGray(world: FakeWorld, content: string): void {
  world.center.gray.set(key, { content, addresses: ['10.9.9.9'], etag: 'theirs', meta: {} })
}
const databases = (world: FakeWorld): readonly (string | undefined)[] =>
  world.orders.instances.map((instance) => instance.datasource?.database)
const textOf = (world: FakeWorld): string => world.center.documents.get(key)?.content ?? ''

followsTheRulesOfSteps('try-config', { kind: tryConfig, with: one, prepare: addReadOnlyAccount })
followsTheRulesOfSteps('try-config where the center tells who holds what', {
  kind: tryConfig,
  with: { ...one, instances: ['orders-1', 'orders-2'] },
  prepare: (world) => {
    addReadOnlyAccount(world)
    world.center.tellsSubscribers = true
  },
})

async function tried(world: FakeWorld) {
  const context = world.context()
  const seen = await tryConfig.observe(context, want)
  await tryConfig.run(context, want, seen)
  return seen
}

describe('try-config', () => {
  it('gives the datasource to the chosen instance and to nobody else', async () => {
    const world = worldWithAccount()
    const before = textOf(world)
    const seen = await tried(world)
    expect(databases(world)).toEqual(['target', 'source'])
    expect(textOf(world)).toBe(before)
    expect(world.orders.restarts).toBe(1)
    expect(await tryConfig.verify(world.context(), want, seen)).toMatchObject({
      evidence: expect.stringContaining('opened 1 sessions as orders_ro on target') as string,
    })
  })

  it('says in the plan who tries what, and that they are restarted', async () => {
    expect(await tryConfig.plan(worldWithAccount().context(), want)).toEqual([
      expect.objectContaining({
        subject: 'document orders.yaml in nacos',
        to: 'for orders-1 (10.1.0.1) alone: 10.0.0.1:3307/orders as orders_ro, password from env:ORDERS_RO_PASSWORD',
      }),
      expect.objectContaining({ subject: 'instances orders-1 of orders' }),
    ])
  })

  it('is refused at the plan, with the reason, by a center that knows no gray versions', async () => {
    const world = worldWithAccount()
    world.center.hasGray = false
    expect(await failureOf(tryConfig.plan(world.context(), want))).toMatchObject({
      code: 'system.unsupported',
      message: 'fake center knows no gray versions, so nothing can be tried on single instances',
    })
  })

  it('waits until as many sessions are on the new server as instances were restarted', async () => {
    const world = worldWithAccount()
    const seen = await tried(world)
    world.target.sessions = []
    expect(await tryConfig.verify(world.context(), want, seen)).toMatchObject({
      reason: '1 instances were restarted, and orders_ro has 0 new sessions on target',
    })
  })

  it('does not take sessions for its own that were there before', async () => {
    const world = worldWithAccount()
    const first = await tried(world)
    const again = { ...first, sessions: world.target.sessions.map(({ id }) => id) }
    expect(await tryConfig.verify(world.context(), want, again)).toMatchObject({ holds: false })
  })

  it('waits for an instance that holds another version still', async () => {
    const world = worldWithAccount()
    const seen = await tried(world)
    world.center.tellsSubscribers = true
    world.center.subscribers.set(key, [{ address: '10.1.0.1', etag: 'old' }])
    expect(await tryConfig.verify(world.context(), want, seen)).toMatchObject({
      reason: '10.1.0.1 does not hold the gray version yet',
    })
  })

  it('leaves nothing behind when the chosen instance does not come up', async () => {
    const world = createFakeWorld() // the account is not there, so nobody can log in
    const before = world.snapshot()
    const seen = await tryConfig.observe(world.context(), want)
    const failure = await failureOf(tryConfig.run(world.context(), want, seen))
    expect(failure.code).toBe('service.unhealthy')
    expect(databases(world)).toEqual([undefined, 'source'])
    await tryConfig.undo?.(world.context(), want, seen)
    expect(world.snapshot()).toEqual(before)
  })

  it.each(['observe', 'plan'] as const)(
    'takes a gray version that is there already for somebody else’s: %s',
    async (verb) => {
      const world = worldWithAccount()
      putGray(world, 'theirs: true')
      expect(await failureOf(tryConfig[verb](world.context(), want) as Promise<unknown>)).toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('for 10.9.9.9') as string,
      })
    },
  )

  it('touches no gray version that somebody made meanwhile, neither forward nor back', async () => {
    const world = worldWithAccount()
    const seen = await tryConfig.observe(world.context(), want)
    putGray(world, 'theirs: true')
    const theirs = world.snapshot()
    expect(await failureOf(tryConfig.run(world.context(), want, seen))).toMatchObject({ code: 'conflict' })
    expect(await failureOf(tryConfig.undo?.(world.context(), want, seen) as Promise<void>)).toMatchObject({
      code: 'conflict',
    })
    expect(world.snapshot()).toEqual(theirs)
  })

  it('is not begun on a document that somebody edited since it was looked at', async () => {
    const world = worldWithAccount()
    const seen = await tryConfig.observe(world.context(), want)
    overwrite(world.center, ordersDocument, `${textOf(world)}# edited\n`)
    expect(await failureOf(tryConfig.run(world.context(), want, seen))).toMatchObject({ code: 'conflict' })
    expect(world.center.gray.size).toBe(0)
  })

  it('brings instances back when somebody has stopped its gray version by hand', async () => {
    const world = worldWithAccount()
    const seen = await tried(world)
    world.center.gray.clear()
    expect(await tryConfig.verifyUndone?.(world.context(), want, seen)).toMatchObject({
      reason: 'orders_ro still has 1 sessions on target, from 10.0.1.7',
    })
    await tryConfig.undo?.(world.context(), want, seen)
    expect(databases(world)).toEqual(['source', 'source'])
    expect(await tryConfig.verifyUndone?.(world.context(), want, seen)).toMatchObject({ holds: true })
  })

  it('takes nobody for chosen who has the same address as a chosen one', async () => {
    const world = worldWithAccount()
    const fleet = world.ports.service('orders')
    const instances = fleet.spec.instances.map((each) => ({ ...each, address: '10.1.0.1' }))
    const ports = { ...world.ports, service: () => ({ ...fleet, spec: { ...fleet.spec, instances } }) }
    expect(await failureOf(tryConfig.plan(world.context({ ports }), want))).toMatchObject({
      code: 'playbook.invalid',
      message: expect.stringContaining('orders-2 of orders has the same address') as string,
    })
  })

  it('names the instances there are when one is named that is not', async () => {
    const unknown = { ...want, instances: ['orders-7'] }
    expect(await failureOf(tryConfig.plan(worldWithAccount().context(), unknown))).toMatchObject({
      message: 'orders has no instance orders-7',
      hint: 'It has orders-1, orders-2.',
    })
  })
})

describe('switch-config after a trial', () => {
  it('gives everybody what was tried, and stops the gray version', async () => {
    const world = worldWithAccount()
    await tried(world)
    const gray = world.center.gray.get(key)?.content
    const seen = await switchConfig.observe(world.context(), all)
    await switchConfig.run(world.context(), all, seen)
    expect(textOf(world)).toBe(gray)
    expect(world.center.gray.size).toBe(0)
    expect(await switchConfig.verify(world.context(), all, seen)).toMatchObject({ holds: true })
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    'is done when it is run again, and walks back whole, after its call %i was lost',
    async (call) => {
      for (const moment of ['before', 'after'] as const) {
        const world = worldWithAccount()
        const before = world.snapshot()
        const trial = await tried(world)
        const seen = await switchConfig.observe(world.context(), all)
        Object.assign(world.failure, { calls: 0, failAt: call, moment })
        await switchConfig.run(world.context(), all, seen).catch(() => undefined)
        world.failure.failAt = 0
        if (moment === 'before') {
          await switchConfig.run(world.context(), all, seen)
          expect(await switchConfig.verify(world.context(), all, seen)).toMatchObject({ holds: true })
        }
        await switchConfig.undo?.(world.context(), all, seen)
        await tryConfig.undo?.(world.context(), want, trial)
        expect(world.snapshot()).toEqual(before)
        expect(await tryConfig.verifyUndone?.(world.context(), want, trial)).toMatchObject({ holds: true })
      }
    },
  )

  it('is not done while the gray version is still given to somebody', async () => {
    const world = worldWithAccount()
    await tried(world)
    const seen = await switchConfig.observe(world.context(), all)
    overwrite(world.center, ordersDocument, world.center.gray.get(key)?.content ?? '')
    expect(await switchConfig.verify(world.context(), all, seen)).toMatchObject({
      holds: false,
      reason: '10.1.0.1 are given a gray version of document orders.yaml in nacos',
    })
  })

  it('publishes nothing over a gray version of somebody else', async () => {
    const world = worldWithAccount()
    const seen = await switchConfig.observe(world.context(), all)
    putGray(world, 'theirs: true')
    const theirs = world.snapshot()
    expect(await failureOf(switchConfig.run(world.context(), all, seen))).toMatchObject({ code: 'conflict' })
    expect(await failureOf(switchConfig.observe(world.context(), all))).toMatchObject({ code: 'conflict' })
    expect(world.snapshot()).toEqual(theirs)
  })
})
