import { describe, expect, it } from 'vitest'
import { dropAccount } from '../../../src/steps/drop-account.ts'
import { provisionAccount } from '../../../src/steps/provision-account.ts'
import { addAccount, addSession } from '../../fakes/fake-database-server.ts'
import { createFakeWorld, sentinel, type FakeWorld } from '../../fakes/fake-world.ts'
import { failureOf, followsTheRulesOfSteps } from './step-rules.ts'

const readOnly = {
  database: 'target',
  account: 'orders_ro',
  password: 'env:ORDERS_RO_PASSWORD',
  rights: 'read-only',
  tables: [{ schema: 'orders' }],
}
const drop = { database: 'target', account: 'orders_ro', password: 'env:ORDERS_RO_PASSWORD' }

function accountExists(grants: string[], password = `${sentinel}-ro`): (world: FakeWorld) => void {
  return (world) => addAccount(world.target, 'orders_ro', password, grants)
}

followsTheRulesOfSteps('provision-account of a new account', { kind: provisionAccount, with: readOnly })
followsTheRulesOfSteps('provision-account of a read-write account', {
  kind: provisionAccount,
  with: { ...readOnly, rights: 'read-write' },
})
followsTheRulesOfSteps('provision-account of an account that lacks rights', {
  kind: provisionAccount,
  with: readOnly,
  prepare: accountExists(['SELECT ON stock.*']),
})
followsTheRulesOfSteps('drop-account', {
  kind: dropAccount,
  with: drop,
  prepare: accountExists(['SELECT ON orders.*']),
})

describe('provision-account', () => {
  const want = provisionAccount.schema.parse(readOnly)

  it('plans nothing for an account that has its rights', async () => {
    const world = createFakeWorld()
    accountExists(['SELECT ON orders.*'])(world)
    expect(await provisionAccount.plan(world.context(), want)).toEqual([])
  })

  it('never resets the password of an account that exists', async () => {
    const world = createFakeWorld()
    accountExists(['SELECT ON orders.*'], 'another')(world)
    const before = world.snapshot()
    const failure = await failureOf(provisionAccount.run(world.context(), want, { account: null }))
    expect(failure.code).toBe('conflict')
    expect(failure.message).toContain("account 'orders_ro'@'%' on target")
    expect(failure.hint).toContain('env:ORDERS_RO_PASSWORD')
    expect(world.snapshot()).toEqual(before)
  })

  it('refuses a read-only account that may write the tables, in the plan and in the run', async () => {
    const world = createFakeWorld()
    accountExists(['SELECT ON orders.*', 'INSERT ON *.*'])(world)
    const before = world.snapshot()
    const planned = await failureOf(provisionAccount.plan(world.context(), want))
    const ran = await failureOf(provisionAccount.run(world.context(), want, { account: null }))
    expect(planned).toEqual(ran)
    expect(ran).toMatchObject({ code: 'system.refused', message: expect.stringContaining('INSERT ON *.*') })
    expect(world.snapshot()).toEqual(before)
  })

  it('does not drop an account that somebody else made meanwhile', async () => {
    const world = createFakeWorld()
    accountExists(['SELECT ON orders.*'], 'another')(world)
    const failure = await failureOf(
      provisionAccount.undo?.(world.context(), want, { account: null }) as Promise<void>,
    )
    expect(failure.code).toBe('conflict')
    expect(world.target.accounts.has('orders_ro@%')).toBe(true)
  })

  it('ends the sessions of the account it takes away, and nobody else’s', async () => {
    const world = createFakeWorld()
    const context = world.context()
    await provisionAccount.run(context, want, { account: null })
    addSession(world.target, 'orders_ro')
    addSession(world.target, 'stock_app')
    await provisionAccount.undo?.(context, want, { account: null })
    expect(world.target.sessions.map(({ user }) => user)).toEqual(['stock_app'])
  })

  it('says which right is missing', async () => {
    const world = createFakeWorld()
    accountExists(['SELECT ON orders.items'])(world)
    expect(await provisionAccount.verify(world.context(), want, { account: null })).toEqual({
      holds: false,
      reason: "account 'orders_ro'@'%' on target lacks SELECT on orders.*",
    })
  })
})

describe('drop-account', () => {
  const want = dropAccount.schema.parse(drop)

  it('leaves an account alone that is still used', async () => {
    const world = createFakeWorld()
    accountExists(['SELECT ON orders.*'])(world)
    addSession(world.target, 'orders_ro')
    const seen = await dropAccount.observe(world.context(), want)
    const running = dropAccount.run(world.context(), want, seen)
    const failure = await failureOf(world.clock.drive(running))
    expect(failure).toMatchObject({ code: 'system.refused', message: expect.stringContaining('1 session') })
    expect(world.target.accounts.has('orders_ro@%')).toBe(true)
  })

  it('waits a moment for sessions that are ending, such as that of whoever has just tried the password', async () => {
    const world = createFakeWorld()
    accountExists(['SELECT ON orders.*'])(world)
    addSession(world.target, 'orders_ro')
    const seen = await dropAccount.observe(world.context(), want)
    const running = dropAccount.run(world.context(), want, seen)
    world.clock.after(1_000, () => {
      world.target.sessions = []
    })
    await world.clock.drive(running)
    expect(world.target.accounts.has('orders_ro@%')).toBe(false)
  })

  it('refuses to drop what its password could not bring back', async () => {
    const world = createFakeWorld()
    accountExists(['SELECT ON orders.*'], 'another')(world)
    expect((await failureOf(dropAccount.observe(world.context(), want))).code).toBe('conflict')
  })

  it('is satisfied when there is no such account', async () => {
    const world = createFakeWorld()
    const seen = await dropAccount.observe(world.context(), want)
    await dropAccount.run(world.context(), want, seen)
    expect(await dropAccount.verify(world.context(), want, seen)).toMatchObject({ holds: true })
  })
})
