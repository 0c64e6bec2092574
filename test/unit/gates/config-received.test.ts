import { describe, expect, it } from 'vitest'
import { configReceived } from '../../../src/gates/config-received.ts'
import { documentKey, storedDocument } from '../../fakes/fake-config-center.ts'
import { createFakeWorld, ordersDocument, type FakeWorld } from '../../fakes/fake-world.ts'
import { readGate } from './read-gate.ts'

const wish = { services: ['orders'] }
const key = documentKey(ordersDocument)

function worldWith(held: Readonly<Record<string, string | readonly string[]>>): FakeWorld {
  const world = createFakeWorld()
  world.center.tellsSubscribers = true
  const subscribers = Object.entries(held).flatMap(([address, etags]) =>
    [etags].flat().map((etag) => ({ address, etag: etag === 'now' ? etagNow(world) : etag })),
  )
  world.center.subscribers.set(key, subscribers)
  return world
}
function etagNow(world: FakeWorld): string {
  return storedDocument(world.center, ordersDocument)?.etag ?? ''
}

describe('config-received', () => {
  it('is open when every instance holds the document as it is now', async () => {
    const world = worldWith({ '10.1.0.1': 'now', '10.1.0.2': 'now', '10.9.9.9': 'old' })
    expect(await readGate(world, configReceived, wish)).toEqual({
      state: 'open',
      measured: `version ${etagNow(world).slice(0, 8)} of orders.yaml has arrived at orders-1 (10.1.0.1), orders-2 (10.1.0.2)`,
    })
  })

  it('names who holds another version and who does not subscribe', async () => {
    const world = worldWith({ '10.1.0.1': '0ld0ld0ld0ld' })
    expect(await readGate(world, configReceived, wish)).toMatchObject({
      state: 'closed',
      reason: `version ${etagNow(world).slice(0, 8)} of orders.yaml has not arrived: orders-1 (10.1.0.1) holds version 0ld0ld0l; orders-2 (10.1.0.2) does not subscribe to it`,
    })
  })

  it('is closed while one of several clients of an address holds another version', async () => {
    const world = worldWith({ '10.1.0.1': ['now', 'old'], '10.1.0.2': 'now' })
    expect(await readGate(world, configReceived, wish)).toMatchObject({ state: 'closed' })
  })

  it('says when one entry stands for several instances', async () => {
    const world = worldWith({ '10.1.0.1': 'now' })
    const fleet = world.ports.service('orders')
    const instances = fleet.spec.instances.map((one) => ({ ...one, address: '10.1.0.1' }))
    const shared = {
      ...fleet,
      spec: { ...fleet.spec, instances },
      instances: (signal: AbortSignal) => fleet.instances(signal),
    }
    const context = world.context({ ports: { ...world.ports, service: () => shared } })
    const reader = await configReceived.open(context, configReceived.schema.parse(wish))
    expect(await reader.read(context.signal)).toMatchObject({
      state: 'open',
      measured: expect.stringContaining('orders-1, orders-2 (10.1.0.1): 1 entry for 2 instances') as string,
    })
  })

  it('is unknown where the center does not tell', async () => {
    const world = createFakeWorld()
    expect(await readGate(world, configReceived, wish)).toMatchObject({
      state: 'unknown',
      reason: 'fake center does not tell who has received a document',
    })
  })

  it('is closed when there is no document', async () => {
    const world = worldWith({})
    world.center.documents.clear()
    expect(await readGate(world, configReceived, wish)).toMatchObject({ state: 'closed' })
  })
})
