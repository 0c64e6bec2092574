import { describe, expect, it } from 'vitest'
import { restartServices } from '../../../src/steps/restart-services.ts'
import { switchConfig } from '../../../src/steps/switch-config.ts'
import { documentKey } from '../../fakes/fake-config-center.ts'
import { addAccount } from '../../fakes/fake-database-server.ts'
import { createFakeWorld, ordersDocument, sentinel, type FakeWorld } from '../../fakes/fake-world.ts'
import { failureOf } from './step-rules.ts'

const services = restartServices.schema.parse({ services: ['orders'] })
const want = switchConfig.schema.parse({
  service: 'orders',
  datasource: { database: 'target', user: 'orders_ro', password: 'env:ORDERS_RO_PASSWORD' },
})
const restart = (world: FakeWorld): Promise<void> =>
  restartServices.run(world.context(), services, { services: ['orders'] })

describe('while the config center is not healthy', () => {
  it('no instance is restarted, and it is said why and that it runs on', async () => {
    const world = createFakeWorld()
    world.center.ill.add('nacos')
    const before = world.snapshot()
    const failure = await failureOf(world.clock.drive(restart(world)))
    expect(failure).toMatchObject({
      code: 'system.unreachable',
      message:
        'nacos is not healthy for 30 s: nacos (not ready); orders-1 of orders was not restarted and runs on with what it has',
      hint: expect.stringContaining('old copy of its document') as string,
    })
    expect(world.snapshot()).toEqual(before)
    expect(world.orders.restarts).toBe(0)
    expect(world.said).toEqual(['waiting for nacos before orders-1 is restarted: nacos (not ready)'])
  })

  it('instances are restarted as soon as it is healthy again', async () => {
    const world = createFakeWorld()
    world.center.ill.add('nacos')
    const restarting = restart(world)
    await world.clock.advance(10_000)
    expect(world.orders.restarts).toBe(0)
    world.center.ill.clear()
    await world.clock.drive(restarting)
    expect(world.orders.restarts).toBe(2)
  })

  it('the next instance is not restarted when it went away after the first', async () => {
    const world = createFakeWorld()
    const fleet = world.ports.service('orders')
    const leaving = {
      ...fleet,
      spec: fleet.spec,
      health: (signal: AbortSignal) => fleet.health(signal),
      putBack: (name: string, signal: AbortSignal) => fleet.putBack(name, signal),
      restart: async (name: string, signal: AbortSignal) => {
        await fleet.restart(name, signal)
        world.center.ill.add('nacos')
      },
    }
    const context = world.context({ ports: { ...world.ports, service: () => leaving } })
    await failureOf(world.clock.drive(restartServices.run(context, services, { services: ['orders'] })))
    expect(world.orders.restarts).toBe(1)
  })

  it('the way back restores the document and leaves instances running until it is healthy', async () => {
    const world = createFakeWorld()
    addAccount(world.target, 'orders_ro', `${sentinel}-ro`, ['SELECT ON orders.*'])
    const before = world.snapshot()
    const seen = await switchConfig.observe(world.context(), want)
    await switchConfig.run(world.context(), want, seen)
    await restart(world)
    world.center.ill.add('nacos')
    const failure = await failureOf(
      world.clock.drive(switchConfig.undo?.(world.context(), want, seen) as Promise<void>),
    )
    expect(failure.code).toBe('system.unreachable')
    expect(world.center.documents.get(documentKey(ordersDocument))?.content).toContain('orders_app')
    expect(world.orders.instances.map(({ healthy, datasource }) => [healthy, datasource?.database])).toEqual([
      [true, 'target'],
      [true, 'target'],
    ])
    world.center.ill.clear()
    await switchConfig.undo?.(world.context(), want, seen)
    expect(world.snapshot()).toEqual(before)
  })
})
