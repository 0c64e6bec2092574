import { describe, expect, it } from 'vitest'
import { restartServices } from '../../../src/steps/restart-services.ts'
import { readDocument, serviceDocument } from '../../../src/steps/service-document.ts'
import { switchConfig } from '../../../src/steps/switch-config.ts'
import { documentKey, overwrite } from '../../fakes/fake-config-center.ts'
import { addAccount } from '../../fakes/fake-database-server.ts'
import { createFakeWorld, ordersDocument, sentinel, type FakeWorld } from '../../fakes/fake-world.ts'
import { failureOf, followsTheRulesOfSteps } from './step-rules.ts'

const readOnly = {
  service: 'orders',
  datasource: { database: 'target', user: 'orders_ro', password: 'env:ORDERS_RO_PASSWORD' },
}
const want = switchConfig.schema.parse(readOnly)

function addReadOnlyAccount(world: FakeWorld): void {
  addAccount(world.target, 'orders_ro', `${sentinel}-ro`, ['SELECT ON orders.*'])
}
function keepNoHistory(world: FakeWorld): void {
  addReadOnlyAccount(world)
  world.center.keepsHistory = false
}

followsTheRulesOfSteps('switch-config', { kind: switchConfig, with: readOnly, prepare: addReadOnlyAccount })
followsTheRulesOfSteps('switch-config in a center without history', {
  kind: switchConfig,
  with: { ...readOnly, previousPassword: 'env:ORDERS_APP_PASSWORD' },
  prepare: keepNoHistory,
})
followsTheRulesOfSteps('switch-config of a password alone', {
  kind: switchConfig,
  with: {
    service: 'orders',
    datasource: { database: 'source', user: 'orders_app', password: 'env:ORDERS_RO_PASSWORD' },
  },
})
followsTheRulesOfSteps('restart-services', {
  kind: restartServices,
  with: { services: ['orders'] },
  leavesNoTrace: true,
})

function textOf(world: FakeWorld): string {
  return world.center.documents.get(documentKey(ordersDocument))?.content ?? ''
}
function editByHand(world: FakeWorld, from: string, to: string): void {
  overwrite(world.center, ordersDocument, textOf(world).replace(from, to))
}

describe('switch-config of several servers', () => {
  const url = 'jdbc:mysql:replication://10.0.0.1:3307,10.0.0.2:3307/orders?useSSL=false'
  const whole = switchConfig.schema.parse({ ...readOnly, datasource: { ...readOnly.datasource, url } })

  it('replaces the whole url when the playbook gives one, and brings it back', async () => {
    const world = createFakeWorld()
    addReadOnlyAccount(world)
    editByHand(world, '10.0.0.1:3306', '10.0.0.1:3306,10.0.0.2:3306')
    const before = textOf(world)
    expect((await failureOf(switchConfig.plan(world.context(), want))).message).toContain('several servers')
    const [change] = await switchConfig.plan(world.context(), whole)
    expect(change?.from).toMatch(/^10\.0\.0\.1:3306,10\.0\.0\.2:3306\/orders as orders_app/)
    expect(change?.to).toMatch(/^10\.0\.0\.1:3307,10\.0\.0\.2:3307\/orders as orders_ro/)
    const seen = await switchConfig.observe(world.context(), whole)
    await switchConfig.run(world.context(), whole, seen)
    expect(textOf(world)).toContain(`url: ${url}`)
    expect(await switchConfig.verify(world.context(), whole, seen)).toMatchObject({ holds: true })
    await switchConfig.undo?.(world.context(), whole, seen)
    expect(textOf(world)).toBe(before)
  })

  it('is refused where no history could bring the old url back', async () => {
    const world = createFakeWorld()
    keepNoHistory(world)
    const failure = await failureOf(
      switchConfig.plan(world.context(), { ...whole, previousPassword: 'env:ORDERS_APP_PASSWORD' }),
    )
    expect(failure).toMatchObject({
      code: 'system.unsupported',
      hint: expect.stringContaining('url') as string,
    })
  })
})

describe('switch-config', () => {
  it('refuses a document that the config center encrypts', async () => {
    const world = createFakeWorld()
    const document = serviceDocument(world.context(), 'orders')
    const ref = { ...document.ref, dataId: 'cipher-aes-orders.yaml' }
    const failure = await failureOf(readDocument(world.context(), { ...document, ref }))
    expect(failure.code).toBe('system.unsupported')
  })

  it('keeps every byte but the three values', async () => {
    const world = createFakeWorld()
    const before = textOf(world)
    await switchConfig.run(world.context(), want, await switchConfig.observe(world.context(), want))
    const expected = before
      .replace('10.0.0.1:3306', '10.0.0.1:3307')
      .replace('orders_app', 'orders_ro')
      .replace(`${sentinel}-app`, `${sentinel}-ro`)
    expect(textOf(world)).toBe(expected)
  })

  it('shows in the plan where the datasource points, before and after', async () => {
    const world = createFakeWorld()
    expect(await switchConfig.plan(world.context(), want)).toEqual([
      {
        subject: 'document orders.yaml in nacos',
        from: expect.stringMatching(
          /^10\.0\.0\.1:3306\/orders as orders_app, version [0-9a-f]{8}$/,
        ) as string,
        to: '10.0.0.1:3307/orders as orders_ro, password from env:ORDERS_RO_PASSWORD',
        fidelity: 'exact',
      },
    ])
  })

  it('refuses to overwrite what somebody else edited after it looked, and has nothing to undo', async () => {
    const world = createFakeWorld()
    addReadOnlyAccount(world)
    const seen = await switchConfig.observe(world.context(), want)
    editByHand(world, 'port: 8080', 'port: 9090')
    const edited = world.snapshot()
    const failure = await failureOf(switchConfig.run(world.context(), want, seen))
    expect(failure.code).toBe('conflict')
    expect(failure.message).toContain('orders.yaml in nacos')
    await switchConfig.undo?.(world.context(), want, seen)
    expect(world.snapshot()).toEqual(edited)
    expect(world.orders.restarts).toBe(0)
    expect(await switchConfig.verifyUndone?.(world.context(), want, seen)).toMatchObject({ holds: true })
  })

  it('refuses when somebody is quicker between its look and its write', async () => {
    const world = createFakeWorld()
    const seen = await switchConfig.observe(world.context(), want)
    world.center.beforePut = () => editByHand(world, 'port: 8080', 'port: 9090')
    expect((await failureOf(switchConfig.run(world.context(), want, seen))).code).toBe('conflict')
    expect(textOf(world)).toContain('port: 9090')
    expect(textOf(world)).toContain('orders_app')
  })

  it('leaves a datasource of somebody else alone when its own was never published', async () => {
    const world = createFakeWorld()
    const seen = await switchConfig.observe(world.context(), want)
    editByHand(world, '10.0.0.1:3306', '10.0.0.9:3306')
    const edited = world.snapshot()
    await switchConfig.undo?.(world.context(), want, seen)
    expect(world.snapshot()).toEqual(edited)
    expect(world.orders.restarts).toBe(0)
  })

  it.each([
    ['another value', 'port: 8080', 'port: 9090'],
    ['the datasource', '10.0.0.1:3307', '10.0.0.9:3306'],
  ])('does not undo over somebody else who edited %s after it published', async (_what, from, to) => {
    const world = createFakeWorld()
    addReadOnlyAccount(world)
    const seen = await switchConfig.observe(world.context(), want)
    await switchConfig.run(world.context(), want, seen)
    editByHand(world, from, to)
    const edited = world.snapshot()
    const failure = await failureOf(switchConfig.undo?.(world.context(), want, seen) as Promise<void>)
    expect(failure.code).toBe('conflict')
    expect(failure.hint).toContain('10.0.0.1:3306/orders as orders_app')
    expect(world.snapshot()).toEqual(edited)
    expect(await switchConfig.verifyUndone?.(world.context(), want, seen)).toMatchObject({ holds: false })
  })

  it('accepts that somebody set the datasource back by hand, and restarts what may run with the other one', async () => {
    const world = createFakeWorld()
    addReadOnlyAccount(world)
    const seen = await switchConfig.observe(world.context(), want)
    const old = textOf(world)
    await switchConfig.run(world.context(), want, seen)
    overwrite(world.center, ordersDocument, `${old}# by hand\n`)
    await switchConfig.undo?.(world.context(), want, seen)
    expect(textOf(world)).toBe(`${old}# by hand\n`)
    expect(world.orders.restarts).toBe(2)
    expect(await switchConfig.verifyUndone?.(world.context(), want, seen)).toMatchObject({ holds: true })
  })

  it('brings instances back that run with the datasource it published', async () => {
    const world = createFakeWorld()
    addReadOnlyAccount(world)
    const before = world.snapshot()
    const seen = await switchConfig.observe(world.context(), want)
    await switchConfig.run(world.context(), want, seen)
    await restartServices.run(world.context(), { services: ['orders'] }, { services: ['orders'] })
    expect(world.orders.instances.map(({ datasource }) => datasource?.database)).toEqual(['target', 'target'])
    await switchConfig.undo?.(world.context(), want, seen)
    expect(world.snapshot()).toEqual(before)
  })

  it('restores the document and the other instances even when one does not come back', async () => {
    const world = createFakeWorld()
    addReadOnlyAccount(world)
    const seen = await switchConfig.observe(world.context(), want)
    const old = textOf(world)
    await switchConfig.run(world.context(), want, seen)
    Object.assign(world.orders.instances[0] ?? {}, { broken: true })
    const failure = await failureOf(switchConfig.undo?.(world.context(), want, seen) as Promise<void>)
    expect(failure).toMatchObject({ code: 'service.unhealthy', message: expect.stringContaining('orders-1') })
    expect(textOf(world)).toBe(old)
    expect(world.orders.instances[1]?.datasource?.database).toBe('source')
    expect(await switchConfig.verifyUndone?.(world.context(), want, seen)).toMatchObject({ holds: false })
  })

  it.each([true, false])(
    'takes back an edit that was never released, where that can be: %s',
    async (twoSteps) => {
      const world = createFakeWorld()
      world.center.twoSteps = twoSteps
      const seen = await switchConfig.observe(world.context(), want)
      const before = textOf(world)
      world.center.unreleased.add(documentKey(ordersDocument))
      await switchConfig.undo?.(world.context(), want, seen)
      expect(world.center.unreleased.size).toBe(twoSteps ? 0 : 1)
      expect(textOf(world)).toBe(before)
    },
  )

  it('goes on undoing when somebody else is editing the document', async () => {
    const world = createFakeWorld()
    world.center.twoSteps = true
    const seen = await switchConfig.observe(world.context(), want)
    world.center.beforePut = () => editByHand(world, 'spring:', '# by hand\nspring:')
    await switchConfig.undo?.(world.context(), want, seen)
    expect(textOf(world)).toContain('# by hand')
  })

  it('has nothing to undo when the document said so before, whatever others edit', async () => {
    const world = createFakeWorld()
    addReadOnlyAccount(world)
    const first = await switchConfig.observe(world.context(), want)
    await switchConfig.run(world.context(), want, first)
    const seen = await switchConfig.observe(world.context(), want)
    expect(await switchConfig.plan(world.context(), want)).toEqual([])
    editByHand(world, 'port: 8080', 'port: 9090')
    const edited = world.snapshot()
    await switchConfig.undo?.(world.context(), want, seen)
    expect(world.snapshot()).toEqual(edited)
    expect(await switchConfig.verifyUndone?.(world.context(), want, seen)).toMatchObject({ holds: true })
  })

  it('tells its own password from the old one when nothing else differs', async () => {
    const world = createFakeWorld()
    const rotate = switchConfig.schema.parse({
      service: 'orders',
      datasource: { database: 'source', user: 'orders_app', password: 'env:ORDERS_RO_PASSWORD' },
    })
    const seen = await switchConfig.observe(world.context(), rotate)
    await switchConfig.run(world.context(), rotate, seen)
    editByHand(world, 'port: 8080', 'port: 9090')
    const failure = await failureOf(switchConfig.undo?.(world.context(), rotate, seen) as Promise<void>)
    expect(failure.code).toBe('conflict')
  })

  it('ends with the reason of its signal when it is stopped between two restarts', async () => {
    const world = createFakeWorld()
    addReadOnlyAccount(world)
    const stop = new AbortController()
    const seen = await switchConfig.observe(world.context(), want)
    await switchConfig.run(world.context(), want, seen)
    const fleet = world.ports.service('orders')
    const interrupted = {
      ...fleet,
      restart: () => {
        stop.abort(new Error('stopped'))
        return Promise.reject(new Error('cut off'))
      },
    }
    const ports = { ...world.ports, service: () => interrupted }
    const context = world.context({ ports, signal: stop.signal })
    await expect(switchConfig.undo?.(context, want, seen)).rejects.toThrow('stopped')
  })

  it('refuses at the start when undo could not find the old password', async () => {
    const world = createFakeWorld()
    world.center.keepsHistory = false
    const failure = await failureOf(switchConfig.observe(world.context(), want))
    expect(failure).toMatchObject({
      code: 'system.unsupported',
      hint: expect.stringContaining('previousPassword'),
    })
    expect(await failureOf(switchConfig.plan(world.context(), want))).toEqual(failure)
  })

  it('names the document and the path of a value that is not there', async () => {
    const world = createFakeWorld()
    editByHand(world, 'username:', 'login:')
    const failure = await failureOf(switchConfig.observe(world.context(), want))
    expect(failure.message).toBe('document orders.yaml in nacos has no value at spring.datasource.username')
  })
})

describe('restart-services', () => {
  const services = restartServices.schema.parse({ services: ['orders'] })

  it('stops at the first instance that does not come up', async () => {
    const world = createFakeWorld()
    Object.assign(world.orders.instances[0] ?? {}, { broken: true })
    const failure = await failureOf(restartServices.run(world.context(), services, { services: ['orders'] }))
    expect(failure.code).toBe('service.unhealthy')
    expect(world.orders.restarts).toBe(1)
    expect(world.orders.instances[1]?.healthy).toBe(true)
  })

  it('puts back whom a dead runner left out, before it takes the next one out', async () => {
    const world = createFakeWorld()
    const [first, second] = world.orders.instances
    Object.assign(first ?? {}, { broken: true })
    Object.assign(second ?? {}, { inBalancer: false })
    await failureOf(restartServices.run(world.context(), services, { services: ['orders'] }))
    expect(second?.inBalancer).toBe(true)
  })

  it('restarts first who is down, so that somebody serves all the time', async () => {
    const world = createFakeWorld()
    const [first, second] = world.orders.instances
    Object.assign(first ?? {}, { broken: true })
    Object.assign(second ?? {}, { healthy: false, inBalancer: false })
    await failureOf(restartServices.run(world.context(), services, { services: ['orders'] }))
    expect(second).toMatchObject({ healthy: true, inBalancer: true })
  })

  it('is not taken back because one look at the health came too late', async () => {
    const world = createFakeWorld()
    const fleet = world.ports.service('orders')
    let looks = 0
    const slow = {
      ...fleet,
      health: async (signal: AbortSignal) => {
        looks += 1
        const all = await fleet.health(signal)
        return looks === 2 ? all.map((one) => ({ ...one, healthy: false, detail: 'no answer' })) : all
      },
    }
    const context = world.context({ ports: { ...world.ports, service: () => slow } })
    await restartServices.run(context, services, { services: ['orders'] })
    expect(await restartServices.verify(context, services, { services: ['orders'] })).toMatchObject({
      holds: true,
    })
    expect(looks).toBe(3)
  })

  it('does not take healthy instances for restarted ones after a crash', async () => {
    const world = createFakeWorld()
    const context = world.context({ runId: 'crashed', epoch: 1 })
    await restartServices.run(context, services, { services: ['orders'] })
    expect(await restartServices.verify(context, services, { services: ['orders'] })).toMatchObject({
      holds: true,
    })
    const resumed = world.context({ runId: 'crashed', epoch: 2 })
    expect(await restartServices.verify(resumed, services, { services: ['orders'] })).toMatchObject({
      holds: false,
    })
  })
})
