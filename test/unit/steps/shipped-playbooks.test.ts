import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../../src/core/errors.ts'
import type { FailureMoment } from '../../fakes/fail-at-call.ts'
import { documentKey } from '../../fakes/fake-config-center.ts'
import { addAccount, addSession } from '../../fakes/fake-database-server.ts'
import { letOrdersFollow, ordersDocument, sentinel, type FakeWorld } from '../../fakes/fake-world.ts'
import { buildWorld, carryOut, failEachCall, loadShipped } from './whole-runs.ts'

const privileges = ['SELECT', 'INSERT', 'UPDATE', 'DELETE']

/** orders and billing use one account on the source. */
function shareTheSource(world: FakeWorld): void {
  world.source.accounts.delete('orders_app@%')
  const grants = ['orders', 'billing'].flatMap((schema) => privileges.map((one) => `${one} ON ${schema}.*`))
  addAccount(world.source, 'shop_app', `${sentinel}-shop`, grants)
  world.source.sessions = world.source.sessions.map((session) => ({ ...session, user: 'shop_app' }))
  addSession(world.source, 'shop_app', { schema: 'billing', program: 'billing-1' })
  for (const instance of world.orders.instances)
    instance.datasource = { database: 'source', user: 'shop_app' }
  const document = world.center.documents.get(documentKey(ordersDocument))
  if (!document) throw new Error('the world has no document of orders')
  document.content = document.content
    .replace('orders_app', 'shop_app')
    .replace(`${sentinel}-app`, `${sentinel}-shop`)
}

const cases = [
  { name: 'stop-write', prepare: () => undefined },
  { name: 'stop-write-shared', prepare: shareTheSource },
  { name: 'stop-write-refreshing', prepare: letOrdersFollow },
] as const

it('stop-write-refreshing changes no pool before the source refuses writes', async () => {
  const world = buildWorld(letOrdersFollow)
  const moved: (readonly string[])[] = []
  const follow = world.center.afterPut
  world.center.afterPut = () => {
    follow?.()
    const grants = world.source.accounts.get('orders_app@%')?.grants ?? []
    if (world.orders.instances.some(({ datasource }) => datasource?.database === 'target')) moved.push(grants)
  }
  await carryOut(world, loadShipped('stop-write-refreshing'))
  expect(moved.length).toBeGreaterThan(0)
  expect(moved.flat().filter((grant) => /^(INSERT|UPDATE|DELETE) /.test(grant))).toEqual([])
})

function expectOrdersOnTarget(world: FakeWorld): void {
  expect(world.orders.instances.map(({ datasource }) => datasource)).toEqual(
    ['orders-1', 'orders-2'].map(() => ({ database: 'target', user: 'orders_rw' })),
  )
  const writers = [...world.source.accounts.values()].filter(({ grants }) =>
    grants.some((grant) => /^(INSERT|UPDATE|DELETE) ON orders\./.test(grant)),
  )
  expect(writers).toEqual([])
  expect(world.sync.state).toBe('missing')
}

describe.each(cases)('playbook $name', (one) => {
  const playbook = loadShipped(one.name)

  it('moves orders to the target', async () => {
    const world = buildWorld(one.prepare)
    const { outcome, words, runId } = await carryOut(world, playbook)
    expect(outcome).toMatchObject({ end: 'completed', noReturnPassed: true })
    expectOrdersOnTarget(world)
    expect(world.target.rows.get('orders.orders')).toEqual([{ id: `canary-${runId}` }])
    expect(world.source.rows.get('orders.orders')).toEqual([])
    expect(world.target.accounts.has('orders_ro@%')).toBe(false)
    expect(words).not.toContain(sentinel)
  })

  it('leaves another service of the source its sessions and its rights', async () => {
    const world = buildWorld(one.prepare)
    addAccount(world.source, 'billing_app', 'x', ['INSERT ON billing.*'])
    addSession(world.source, 'billing_app', { schema: 'billing', program: 'billing-2' })
    const billing = world.source.sessions.filter(({ schema }) => schema === 'billing')
    await carryOut(world, playbook)
    expect(world.source.sessions).toEqual(billing)
    expect(world.source.accounts.get('billing_app@%')?.grants).toEqual(['INSERT ON billing.*'])
    const shop = world.source.accounts.get('shop_app@%')?.grants.filter((grant) => grant.includes('billing'))
    expect(shop ?? []).toHaveLength(one.name === 'stop-write-shared' ? 4 : 0)
  })

  // Whatever single call to the outside fails, whether or not it took effect, and whether or not that may pass.
  // What may pass, a run survives: those runs are long, so every seventh call must do.
  it.each<[FailureMoment, ErrorCode, number, readonly string[]]>([
    ['before', 'system.refused', 1, ['completed', 'stopped', 'undone']],
    ['after', 'system.refused', 1, ['completed', 'stopped', 'undone']],
    ['after', 'system.unreachable', 7, ['completed']],
  ])(
    'ends where it began or on the target when one call fails, %s its effect, with %s',
    async (moment, code, stride, wanted) => {
      const failures = { every: stride, moment, code }
      const ends = await failEachCall(() => buildWorld(one.prepare), playbook, failures, expectOrdersOnTarget)
      expect([...ends].sort()).toEqual(expect.arrayContaining([...wanted]))
    },
  )
})
