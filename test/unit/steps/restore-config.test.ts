import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { restoreConfig } from '../../../src/steps/restore-config.ts'
import { switchConfig } from '../../../src/steps/switch-config.ts'
import { documentKey, overwrite } from '../../fakes/fake-config-center.ts'
import { addAccount } from '../../fakes/fake-database-server.ts'
import { createFakeWorld, ordersDocument, sentinel, type FakeWorld } from '../../fakes/fake-world.ts'
import { failureOf, followsTheRulesOfSteps } from './step-rules.ts'

const want = restoreConfig.schema.parse({ service: 'orders', before: 'config-read-only' })
const published = switchConfig.schema.parse({
  service: 'orders',
  datasource: { database: 'target', user: 'orders_ro', password: 'env:ORDERS_RO_PASSWORD' },
})
const textOf = (world: FakeWorld): string =>
  world.center.documents.get(documentKey(ordersDocument))?.content ?? ''

/** As after a switch-config whose image the run has kept. */
function switched(world: FakeWorld): void {
  addAccount(world.target, 'orders_ro', `${sentinel}-ro`, ['SELECT ON orders.*'])
  const old = textOf(world)
  world.images.set('config-read-only', {
    etag: 'before',
    sha256: createHash('sha256').update(old).digest('hex'),
    before: { address: '10.0.0.1:3306/orders', user: 'orders_app' },
    differs: true,
  })
  const next = old
    .replace('10.0.0.1:3306', '10.0.0.1:3307')
    .replace('orders_app', 'orders_ro')
    .replace(`${sentinel}-app`, `${sentinel}-ro`)
  overwrite(world.center, ordersDocument, next)
  for (const instance of world.orders.instances)
    instance.datasource = { database: 'target', user: 'orders_ro' }
}

followsTheRulesOfSteps('restore-config', {
  kind: restoreConfig,
  with: { service: 'orders', before: 'config-read-only' },
  prepare: switched,
})

describe('restore-config', () => {
  it('puts back every byte from before the step it names', async () => {
    const world = createFakeWorld()
    addAccount(world.target, 'orders_ro', `${sentinel}-ro`, ['SELECT ON orders.*'])
    const old = textOf(world)
    const image = await switchConfig.observe(world.context(), published)
    world.images.set('config-read-only', image)
    await switchConfig.run(world.context(), published, image)
    const seen = await restoreConfig.observe(world.context(), want)
    await restoreConfig.run(world.context(), want, seen)
    expect(textOf(world)).toBe(old)
    expect(await restoreConfig.verify(world.context(), want, seen)).toMatchObject({
      evidence:
        'document orders.yaml in nacos says 10.0.0.1:3306/orders as orders_app, byte for byte as before config-read-only, visible to clients',
    })
  })

  it('overwrites nothing that somebody edited besides the datasource', async () => {
    const world = createFakeWorld()
    switched(world)
    overwrite(world.center, ordersDocument, textOf(world).replace('port: 8080', 'port: 9090'))
    expect(await failureOf(restoreConfig.observe(world.context(), want))).toMatchObject({ code: 'conflict' })
  })

  it('overwrites nothing that somebody edited since it looked', async () => {
    const world = createFakeWorld()
    switched(world)
    const seen = await restoreConfig.observe(world.context(), want)
    overwrite(world.center, ordersDocument, textOf(world).replace('port: 8080', 'port: 9090'))
    expect(await failureOf(restoreConfig.run(world.context(), want, seen))).toMatchObject({
      code: 'conflict',
    })
    expect(await failureOf(restoreConfig.undo?.(world.context(), want, seen) as Promise<void>)).toMatchObject(
      {
        code: 'conflict',
      },
    )
    expect(textOf(world)).toContain('port: 9090')
  })

  it('has nothing to do when the document is back already', async () => {
    const world = createFakeWorld()
    switched(world)
    const first = await restoreConfig.observe(world.context(), want)
    await restoreConfig.run(world.context(), want, first)
    const seen = await restoreConfig.observe(world.context(), want)
    const before = world.snapshot()
    await restoreConfig.run(world.context(), want, seen)
    await restoreConfig.undo?.(world.context(), want, seen)
    expect(world.snapshot()).toEqual(before)
    expect(world.orders.restarts).toBe(0)
  })

  it('restarts instances on the way back, because a later step may have restarted them', async () => {
    const world = createFakeWorld()
    switched(world)
    const seen = await restoreConfig.observe(world.context(), want)
    await restoreConfig.run(world.context(), want, seen)
    await restoreConfig.undo?.(world.context(), want, seen)
    expect(world.orders.restarts).toBe(2)
  })

  it('says that the history does not have the text any more', async () => {
    const world = createFakeWorld()
    switched(world)
    world.center.past.clear()
    expect(await failureOf(restoreConfig.observe(world.context(), want))).toMatchObject({
      code: 'system.refused',
      message: expect.stringContaining('history of document orders.yaml in nacos') as string,
    })
  })

  it('is refused at the plan by a center without history', async () => {
    const world = createFakeWorld()
    switched(world)
    world.center.keepsHistory = false
    expect(await failureOf(restoreConfig.plan(world.context(), want))).toMatchObject({
      code: 'system.unsupported',
    })
  })

  it('does not guess when the step it names has not run', async () => {
    const world = createFakeWorld()
    switched(world)
    world.images.clear()
    expect(await failureOf(restoreConfig.observe(world.context(), want))).toMatchObject({
      message: 'config-read-only has not run, so nothing tells what was there before it',
    })
  })
})
