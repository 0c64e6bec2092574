import { describe, expect, it } from 'vitest'
import { announceUpgrade } from '../../../src/steps/announce-upgrade.ts'
import { prepareRelease } from '../../../src/steps/prepare-release.ts'
import { retireDatasource } from '../../../src/steps/retire-datasource.ts'
import { stageDatasource } from '../../../src/steps/stage-datasource.ts'
import { switchConfig } from '../../../src/steps/switch-config.ts'
import { parseNotice } from '../../../src/core/notice.ts'
import { documentKey, overwrite, storedDocument } from '../../fakes/fake-config-center.ts'
import { addAccount } from '../../fakes/fake-database-server.ts'
import {
  createFakeWorld,
  noticeDocument,
  ordersDocument,
  sentinel,
  type FakeWorld,
} from '../../fakes/fake-world.ts'
import { failureOf, followsTheRulesOfSteps } from './step-rules.ts'

const datasource = { database: 'target', user: 'orders_rw', password: 'env:ORDERS_RW_PASSWORD' }
const staging = { service: 'orders', datasource }
const stage = stageDatasource.schema.parse(staging)
const stagedDocument = { group: 'DEFAULT_GROUP', dataId: 'cutover-next.orders.yaml' }
const makeAccount = (world: FakeWorld): void =>
  addAccount(world.target, 'orders_rw', `${sentinel}-rw`, ['SELECT ON orders.*'])

followsTheRulesOfSteps('stage-datasource', { kind: stageDatasource, with: staging })
followsTheRulesOfSteps('prepare-release', {
  kind: prepareRelease,
  with: { database: 'target', accounts: ['orders_rw'] },
  prepare: makeAccount,
})

async function staged(world: FakeWorld): Promise<void> {
  const context = world.context()
  await stageDatasource.run(context, stage, await stageDatasource.observe(context, stage))
}

describe('stage-datasource', () => {
  it('writes the whole document with the next datasource beside the present one', async () => {
    const world = createFakeWorld()
    const before = world.center.documents.get(documentKey(ordersDocument))?.content ?? ''
    await staged(world)
    expect(world.center.documents.get(documentKey(ordersDocument))?.content).toBe(before)
    const text = world.center.documents.get(documentKey(stagedDocument))?.content ?? ''
    expect(text).toBe(
      before
        .replace('10.0.0.1:3306', '10.0.0.1:3307')
        .replace('username: orders_app', 'username: orders_rw')
        .replace(`${sentinel}-app`, `${sentinel}-rw`),
    )
  })

  it('is undone to nothing at all when its document was edited and never released', async () => {
    const world = createFakeWorld()
    world.center.twoSteps = true
    const seen = await stageDatasource.observe(world.context(), stage)
    world.center.unreleased.add(documentKey(stagedDocument))
    await stageDatasource.undo?.(world.context(), stage, seen)
    expect(world.center.unreleased.size).toBe(0)
  })

  it('leaves a document of that name alone that says something else', async () => {
    const world = createFakeWorld()
    overwrite(world.center, stagedDocument, 'left: over\n')
    const looks = [
      stageDatasource.plan(world.context(), stage),
      stageDatasource.observe(world.context(), stage),
    ]
    for (const failure of await Promise.all(looks.map((look: Promise<unknown>) => failureOf(look)))) {
      expect(failure).toMatchObject({ code: 'conflict', hint: expect.stringContaining('remove it') })
    }
    expect(world.center.documents.get(documentKey(stagedDocument))?.content).toBe('left: over\n')
  })

  it('removes nothing that somebody has edited since', async () => {
    const world = createFakeWorld()
    const context = world.context()
    const seen = await stageDatasource.observe(context, stage)
    await stageDatasource.run(context, stage, seen)
    overwrite(world.center, stagedDocument, 'theirs: now\n')
    const failure = await failureOf(Promise.resolve(stageDatasource.undo?.(context, stage, seen)))
    expect(failure.code).toBe('conflict')
    expect(world.center.documents.has(documentKey(stagedDocument))).toBe(true)
  })

  it('does not stage over an edit that came after the look', async () => {
    const world = createFakeWorld()
    const context = world.context()
    const seen = await stageDatasource.observe(context, stage)
    const text = world.center.documents.get(documentKey(ordersDocument))?.content ?? ''
    overwrite(world.center, ordersDocument, `${text}# edited\n`)
    expect((await failureOf(stageDatasource.run(context, stage, seen))).code).toBe('conflict')
    expect(world.center.documents.has(documentKey(stagedDocument))).toBe(false)
  })
})

describe('announce-upgrade with something staged', () => {
  const want = announceUpgrade.schema.parse({
    phase: 'armed',
    services: ['orders'],
    staged: ['orders'],
    validFor: '30m',
  })

  it('names the staged document in the version that is there', async () => {
    const world = createFakeWorld()
    await staged(world)
    await announceUpgrade.run(world.context(), want, { before: null })
    const notice = parseNotice(world.center.documents.get(documentKey(noticeDocument))?.content ?? '')
    const etag = storedDocument(world.center, stagedDocument)?.etag
    expect(notice?.staged).toEqual({ orders: { ...stagedDocument, etag } })
    expect(await announceUpgrade.verify(world.context(), want, { before: null })).toMatchObject({
      holds: true,
    })
  })

  it('is not said any more once another version is staged', async () => {
    const world = createFakeWorld()
    await staged(world)
    await announceUpgrade.run(world.context(), want, { before: null })
    overwrite(world.center, stagedDocument, 'another: version\n')
    expect(await announceUpgrade.verify(world.context(), want, { before: null })).toMatchObject({
      holds: false,
      reason: expect.stringContaining('orders'),
    })
  })

  it('says what must be staged first', async () => {
    const failure = await failureOf(announceUpgrade.run(createFakeWorld().context(), want, { before: null }))
    expect(failure).toMatchObject({ hint: expect.stringContaining('stage-datasource') })
  })
})

describe('retire-datasource', () => {
  const want = retireDatasource.schema.parse({ service: 'orders' })

  it('removes the staged document once the own one says the same, also twice', async () => {
    const world = createFakeWorld()
    const context = world.context()
    await staged(world)
    const published = switchConfig.schema.parse({ service: 'orders', datasource })
    await switchConfig.run(context, published, await switchConfig.observe(context, published))
    const seen = await retireDatasource.observe(context, want)
    expect(await retireDatasource.verify(context, want, seen)).toMatchObject({ holds: false })
    await retireDatasource.run(context, want, seen)
    await retireDatasource.run(context, want, seen)
    expect(world.center.documents.has(documentKey(stagedDocument))).toBe(false)
    expect(await retireDatasource.verify(context, want, seen)).toMatchObject({ holds: true })
  })

  it('keeps it as long as a process that starts would go to the source', async () => {
    const world = createFakeWorld()
    await staged(world)
    const failure = await failureOf(retireDatasource.run(world.context(), want, { etag: null }))
    expect(failure).toMatchObject({ code: 'system.refused', hint: expect.stringContaining('switch-config') })
    expect(world.center.documents.has(documentKey(stagedDocument))).toBe(true)
  })
})
