import { describe, expect, it } from 'vitest'
import type { FailureMoment } from '../../fakes/fail-at-call.ts'
import { documentKey } from '../../fakes/fake-config-center.ts'
import { noticeDocument, sentinel, type FakeWorld } from '../../fakes/fake-world.ts'
import { buildWorld, carryOut, loadShipped } from './whole-runs.ts'

const there = loadShipped('stop-write-reversible')
const back = loadShipped('stop-write-reverse')

function expectOrdersOn(world: FakeWorld, database: 'source' | 'target', user: string): void {
  const datasources = world.orders.instances.map(({ datasource }) => datasource)
  expect(datasources).toEqual([
    { database, user },
    { database, user },
  ])
  for (const server of [world.source, world.target]) {
    const grants = [...server.accounts.values()].flatMap((account) => account.grants)
    const writes = grants.filter((grant) => /^(INSERT|UPDATE|DELETE) ON orders\./.test(grant))
    expect(writes, server.name).toHaveLength(server.name === database ? 3 : 0)
  }
}

/** Everything but the notice, which says of another run that it is done, and the row of the smoke test. */
function withoutTraces(world: FakeWorld): unknown {
  world.center.documents.delete(documentKey(noticeDocument))
  for (const server of [world.source, world.target]) server.rows.set('orders.orders', [])
  return world.snapshot()
}

/** While it runs, the reverse sync has always carried everything over. */
function followTarget(world: FakeWorld): void {
  const applied = {
    get: () => (world.reverse.state === 'running' ? world.target.position : 0),
    set: () => {},
  }
  Object.defineProperty(world.reverse, 'applied', applied)
}

async function goThere(): Promise<FakeWorld> {
  const world = buildWorld(followTarget)
  const { outcome, asReversed } = await carryOut(world, there)
  expect(outcome.end).toBe('completed')
  world.reversed = asReversed
  return world
}

let went: Promise<FakeWorld> | undefined

/** As the way there leaves it; gone only once. */
async function moved(): Promise<FakeWorld> {
  const model = await (went ??= goThere())
  const world = buildWorld(followTarget)
  for (const part of ['source', 'target', 'sync', 'reverse', 'center', 'orders'] as const)
    Object.assign(world[part], structuredClone({ ...model[part] }))
  world.reversed = model.reversed
  return world
}

describe('playbook stop-write-reversible', () => {
  it('names the playbook of the way back', () => {
    expect(there.reverse).toBe('stop-write-reverse.yaml')
    expect(back.reverse).toBeUndefined()
  })

  it('moves orders to the target, with the reverse sync running and the other stopped', async () => {
    const world = await moved()
    expectOrdersOn(world, 'target', 'orders_rw')
    expect([world.sync.state, world.reverse.state]).toEqual(['stopped', 'running'])
  })

  it('is walked back, with both syncs as before, when the reverse sync does not start', async () => {
    const world = buildWorld(followTarget)
    const before = world.snapshot()
    world.reverse.error = 'receiving failed with error 1045'
    const { outcome } = await carryOut(world, there)
    expect(outcome).toMatchObject({ end: 'undone', failedItem: 'start-reverse', noReturnPassed: false })
    world.reverse.error = undefined
    expect(world.snapshot()).toEqual(before)
  })

  it('is not begun when the reverse sync is not set up', async () => {
    const world = buildWorld()
    world.reverse.state = 'missing'
    const before = world.snapshot()
    const { outcome } = await carryOut(world, there)
    expect(outcome).toMatchObject({ end: 'undone', failedItem: 'start-reverse' })
    expect(world.snapshot()).toEqual(before)
  })

  everyCallMayFail(there, async () => buildWorld(followTarget), 'target', 'orders_rw')
})

describe('playbook stop-write-reverse', () => {
  it('leaves everything as it was before the way there', async () => {
    const before = withoutTraces(buildWorld())
    const world = await moved()
    const { outcome, words, runId } = await carryOut(world, back)
    expect(outcome).toMatchObject({ end: 'completed', noReturnPassed: true })
    expect(words).not.toContain(sentinel)
    expectOrdersOn(world, 'source', 'orders_app')
    expect(world.source.rows.get('orders.orders')).toEqual([{ id: `canary-${runId}` }])
    expect(withoutTraces(world)).toEqual(before)
  })

  it('changes nothing when the reverse sync is stopped', async () => {
    const world = await moved()
    world.reverse.state = 'stopped'
    const before = world.snapshot()
    const { outcome } = await carryOut(world, back)
    expect(outcome).toMatchObject({ failedItem: 'caught-up-before', nothingChanged: true })
    expect(world.snapshot()).toEqual(before)
  })

  it('moves the service back also when the sync from the source does not start any more', async () => {
    const world = await moved()
    world.sync.error = 'receiving failed with error 1236'
    const { outcome } = await carryOut(world, back)
    expect(outcome).toMatchObject({ end: 'stopped', failedItem: 'start-sync', noReturnPassed: true })
    expectOrdersOn(world, 'source', 'orders_app')
  })

  everyCallMayFail(back, moved, 'source', 'orders_app')
})

/** Whatever single call to the outside is lost, and whether or not it took effect. */
function everyCallMayFail(
  playbook: typeof there,
  build: () => Promise<FakeWorld>,
  database: 'source' | 'target',
  user: string,
): void {
  it.each<FailureMoment>(['before', 'after'])(
    `ends where it began or on the ${database} when one call fails, %s its effect`,
    async (moment) => {
      const ends = new Set<string>()
      for (let call = 1; ; call += 1) {
        const world = await build()
        const before = world.snapshot()
        Object.assign(world.failure, { calls: 0, failAt: call, moment, code: 'system.refused' })
        const { outcome } = await carryOut(world, playbook)
        const where = `call ${call}, ${outcome.failedItem ?? 'no failure'}`
        if (world.failure.calls < call) break
        ends.add(outcome.end)
        if (outcome.end === 'completed') expectOrdersOn(world, database, user)
        else if (outcome.noReturnPassed) expect(outcome.end, where).toBe('stopped')
        else {
          expect(outcome.end, where).toBe('undone')
          expect(world.snapshot(), where).toEqual(before)
        }
      }
      expect([...ends].sort()).toEqual(['completed', 'stopped', 'undone'])
    },
  )
}
