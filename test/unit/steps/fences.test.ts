import { describe, expect, it } from 'vitest'
import type { Json } from '../../../src/core/json.ts'
import { allowWrites } from '../../../src/steps/allow-writes.ts'
import { startSync } from '../../../src/steps/start-sync.ts'
import { removeSync } from '../../../src/steps/remove-sync.ts'
import { stopSync } from '../../../src/steps/stop-sync.ts'
import { stopWrites } from '../../../src/steps/stop-writes.ts'
import { addAccount, addSession } from '../../fakes/fake-database-server.ts'
import { createFakeWorld, sentinel, type FakeWorld } from '../../fakes/fake-world.ts'
import { failureOf, followsTheRulesOfSteps } from './step-rules.ts'

const fence = {
  database: 'source',
  fence: 'account',
  accounts: ['orders_app'],
  tables: [{ schema: 'orders' }],
}
const allow = { database: 'target', account: 'orders_rw', tables: [{ schema: 'orders' }] }

const back = { database: 'source', account: 'orders_app', tables: [{ schema: 'orders' }] }

/** As a run left it whose step `fence` took the account's rights. */
function fenceOrders(world: FakeWorld): void {
  const account = world.source.accounts.get('orders_app@%')
  if (!account) throw new Error('the world has no orders_app')
  account.grants.push('EXECUTE ON orders.*')
  const before = [{ account: account.name, locked: false, grants: [...account.grants] }]
  const seen: Record<string, Json> = { fence: { kind: 'account', accounts: before as unknown as Json } }
  world.reversed = { runId: 'there', before: (id) => seen[id] }
  account.grants = ['SELECT ON orders.*']
}

function addReadWriteAccount(world: FakeWorld): void {
  addAccount(world.target, 'orders_rw', `${sentinel}-rw`, ['SELECT ON orders.*'])
}
function makeTargetReadOnly(world: FakeWorld): void {
  world.target.settings = { ...world.target.settings, readOnly: { readOnly: true, superReadOnly: false } }
}

followsTheRulesOfSteps('stop-writes of an account', { kind: stopWrites, with: fence })
followsTheRulesOfSteps('stop-writes of a server', {
  kind: stopWrites,
  with: { database: 'source', fence: 'instance' },
})
followsTheRulesOfSteps('allow-writes of an account', {
  kind: allowWrites,
  with: allow,
  prepare: addReadWriteAccount,
})
followsTheRulesOfSteps('allow-writes of what a fence took', {
  kind: allowWrites,
  with: { ...back, asBefore: 'fence' },
  prepare: fenceOrders,
})
followsTheRulesOfSteps('allow-writes of a server', {
  kind: allowWrites,
  with: { database: 'target', fence: 'instance' },
  prepare: makeTargetReadOnly,
})
followsTheRulesOfSteps('stop-sync', { kind: stopSync, with: { sync: 'sync' } })
followsTheRulesOfSteps('start-sync', { kind: startSync, with: { sync: 'reverse' } })
followsTheRulesOfSteps('remove-sync', { kind: removeSync, with: { sync: 'sync' } })

describe('stop-writes', () => {
  const want = stopWrites.schema.parse(fence)

  it('reports the position behind the fence', async () => {
    const world = createFakeWorld()
    const seen = await stopWrites.observe(world.context(), want)
    await stopWrites.run(world.context(), want, seen)
    expect(await stopWrites.verify(world.context(), want, seen)).toMatchObject({
      holds: true,
      facts: { position: { flavour: 'mariadb', gtid: '0-1-100' } },
    })
  })

  it('refuses an account that does not exist, because such a fence stops nobody', async () => {
    const world = createFakeWorld()
    const misspelt = stopWrites.schema.parse({ ...fence, accounts: ['order_app'] })
    const failure = await failureOf(stopWrites.observe(world.context(), misspelt))
    expect(failure.message).toBe("no account 'order_app'@'%' on source")
    expect(failure.hint).toContain('user@host')
    expect(await stopWrites.plan(world.context(), misspelt)).toMatchObject([{ fidelity: 'predicted' }])
  })

  it('leaves other accounts and other schemas alone', async () => {
    const world = createFakeWorld()
    addAccount(world.source, 'billing_app', 'x', ['INSERT ON billing.*'])
    addAccount(world.source, 'shop_app', 'x', ['INSERT ON billing.*', 'INSERT ON orders.*'])
    addSession(world.source, 'shop_app', { schema: 'billing' })
    const both = stopWrites.schema.parse({ ...fence, accounts: ['orders_app', 'shop_app'] })
    await stopWrites.run(world.context(), both, await stopWrites.observe(world.context(), both))
    expect(world.source.accounts.get('billing_app@%')?.grants).toEqual(['INSERT ON billing.*'])
    expect(world.source.accounts.get('shop_app@%')?.grants).toEqual(['INSERT ON billing.*'])
    expect(world.source.sessions.map(({ user }) => user)).toEqual(['shop_app'])
  })
})

describe('allow-writes', () => {
  const want = allowWrites.schema.parse(allow)

  it('wants the account to exist', async () => {
    const world = createFakeWorld()
    const failure = await failureOf(allowWrites.observe(world.context(), want))
    expect(failure).toMatchObject({
      code: 'system.refused',
      hint: expect.stringContaining('provision-account'),
    })
  })

  it('ends the sessions that were opened with the right it takes back', async () => {
    const world = createFakeWorld()
    addReadWriteAccount(world)
    const seen = await allowWrites.observe(world.context(), want)
    await allowWrites.run(world.context(), want, seen)
    addSession(world.target, 'orders_rw')
    await allowWrites.undo?.(world.context(), want, seen)
    expect(world.target.sessions).toEqual([])
  })

  it('leaves an account alone that could write before', async () => {
    const world = createFakeWorld()
    addAccount(
      world.target,
      'orders_rw',
      'x',
      ['SELECT', 'INSERT', 'UPDATE', 'DELETE'].map((p) => `${p} ON orders.*`),
    )
    addSession(world.target, 'orders_rw')
    const before = world.snapshot()
    const seen = await allowWrites.observe(world.context(), want)
    expect(await allowWrites.plan(world.context(), want)).toEqual([])
    await allowWrites.run(world.context(), want, seen)
    await allowWrites.undo?.(world.context(), want, seen)
    expect(world.snapshot()).toEqual(before)
    expect(world.target.sessions).toHaveLength(1)
  })
})

describe('allow-writes of what a fence took', () => {
  const want = allowWrites.schema.parse({ ...back, asBefore: 'fence' })

  it('gives exactly that back, and leaves what the account was given since', async () => {
    const world = createFakeWorld()
    fenceOrders(world)
    world.source.accounts.get('orders_app@%')?.grants.push('SELECT ON reports.*')
    const context = world.context()
    await allowWrites.run(context, want, await allowWrites.observe(context, want))
    expect(world.source.accounts.get('orders_app@%')?.grants).toEqual([
      'DELETE ON orders.*',
      'EXECUTE ON orders.*',
      'INSERT ON orders.*',
      'SELECT ON orders.*',
      'SELECT ON reports.*',
      'UPDATE ON orders.*',
    ])
  })

  it('is refused in a run that reverses nothing, and for a fence that the other run did not have', async () => {
    const world = createFakeWorld()
    const alone = await failureOf(allowWrites.plan(world.context(), want))
    expect(alone).toMatchObject({
      code: 'system.refused',
      hint: expect.stringContaining('cutover reverse'),
    })
    fenceOrders(world)
    const other = allowWrites.schema.parse({ ...back, asBefore: 'wall' })
    const failure = await failureOf(allowWrites.plan(world.context(), other))
    expect(failure.message).toBe("run there has no fence wall around 'orders_app'@'%'")
  })
})

describe('start-sync', () => {
  const want = startSync.schema.parse({ sync: 'reverse' })

  it('refuses a sync that was never set up before anything changes, and says what to do', async () => {
    const world = createFakeWorld()
    world.reverse.state = 'missing'
    for (const verb of ['plan', 'observe'] as const) {
      const failure = await failureOf(startSync[verb](world.context(), want))
      expect(failure).toMatchObject({ code: 'system.refused', message: 'sync reverse is not set up' })
      expect(failure.hint).toContain('from target to source')
    }
  })

  it('has nothing to do for a sync that runs, and its undo leaves it running', async () => {
    const world = createFakeWorld()
    world.reverse.state = 'running'
    expect(await startSync.plan(world.context(), want)).toEqual([])
    const seen = await startSync.observe(world.context(), want)
    await startSync.run(world.context(), want, seen)
    await startSync.undo?.(world.context(), want, seen)
    expect(world.reverse.state).toBe('running')
  })

  it('waits until the sync is connected, and gives up with that reason when it never is', async () => {
    const world = createFakeWorld()
    const seen = await startSync.observe(world.context(), want)
    world.reverse.connecting = true
    const failure = await failureOf(world.clock.drive(startSync.run(world.context(), want, seen)))
    expect(failure.message).toContain('has no connection to target')
    expect(await startSync.verify(world.context(), want, seen)).toMatchObject({ holds: false })
    world.reverse.connecting = false
    expect(await startSync.verify(world.context(), want, seen)).toMatchObject({ holds: true })
  })

  it('says why the sync does not start', async () => {
    const world = createFakeWorld()
    const seen = await startSync.observe(world.context(), want)
    world.reverse.error = 'receiving failed with error 1045'
    const failure = await failureOf(startSync.run(world.context(), want, seen))
    expect(failure.message).toBe('sync reverse does not start: receiving failed with error 1045')
  })
})

describe('stop-sync', () => {
  const want = stopSync.schema.parse({ sync: 'sync' })

  it('does not start a sync that did not run before', async () => {
    const world = createFakeWorld()
    world.sync.state = 'stopped'
    const seen = await stopSync.observe(world.context(), want)
    await stopSync.run(world.context(), want, seen)
    await stopSync.undo?.(world.context(), want, seen)
    expect(world.sync.state).toBe('stopped')
  })

  it('says why the sync does not start again', async () => {
    const world = createFakeWorld()
    const seen = await stopSync.observe(world.context(), want)
    await stopSync.run(world.context(), want, seen)
    world.sync.error = 'duplicate key'
    const failure = await failureOf(stopSync.undo?.(world.context(), want, seen) as Promise<void>)
    expect(failure.message).toBe('sync sync does not start: duplicate key')
  })

  it('starts a sync again that had failed before and was stopped, so that it is as it was', async () => {
    const world = createFakeWorld()
    Object.assign(world.sync, { state: 'failed', error: 'applying failed with error 1062' })
    const seen = await stopSync.observe(world.context(), want)
    await stopSync.run(world.context(), want, seen)
    expect(world.sync.state).toBe('stopped')
    await stopSync.undo?.(world.context(), want, seen)
    expect(world.sync.state).toBe('failed')
    expect(await stopSync.verifyUndone?.(world.context(), want, seen)).toMatchObject({ holds: true })
  })
})
