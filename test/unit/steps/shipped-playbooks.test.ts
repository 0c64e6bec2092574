import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Playbook } from '../../../src/core/playbook.ts'
import { loadPlaybook, variablesOf } from '../../../src/playbook/index.ts'
import type { RunOutcome } from '../../../src/runner/outcome.ts'
import { runPlaybook, undoRun } from '../../../src/runner/run-playbook.ts'
import { catalogue } from '../../../src/steps/catalogue.ts'
import type { FailureMoment } from '../../fakes/fail-at-call.ts'
import { documentKey } from '../../fakes/fake-config-center.ts'
import { addAccount, addSession } from '../../fakes/fake-database-server.ts'
import { createFakeWorld, ordersDocument, sentinel, type FakeWorld } from '../../fakes/fake-world.ts'
import { createMemoryJournal } from '../runner/memory-journal.ts'

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
] as const
type Case = (typeof cases)[number]

function load(name: string): Playbook {
  const file = `playbooks/${name}.yaml`
  const text = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')
  const variables = Object.fromEntries(
    [...variablesOf(text).keys()].map((variable) => [variable, 'http://x']),
  )
  const result = loadPlaybook({
    file,
    text,
    variables: { ...variables, SOURCE_PORT: '1', TARGET_PORT: '1' },
    catalogue,
  })
  if (!result.ok) throw new Error(result.complaints.map(({ message }) => message).join('\n'))
  return result.playbook
}

function build(one: Case): FakeWorld {
  const world = createFakeWorld()
  world.secrets.set('env:SHOP_APP_PASSWORD', `${sentinel}-shop`)
  const table = { schema: 'orders', sourceRows: 1, targetRows: 1, missingInTarget: 0, extraInTarget: 0 }
  const equal = { ...table, table: 'orders', different: 0, examples: [] }
  world.comparison = { equal: true, rowsCompared: 1, tables: [equal] }
  one.prepare(world)
  return world
}

interface Told {
  readonly outcome: RunOutcome
  /** Everything the run left behind for people to read. */
  readonly words: string
}

let runs = 0

async function carryOut(world: FakeWorld, playbook: Playbook): Promise<Told> {
  runs += 1
  const journal = createMemoryJournal(world.clock)
  const options = {
    playbook,
    catalogue,
    ports: world.ports,
    journal,
    signal: new AbortController().signal,
    runId: `night-${runs}`,
    epoch: 1,
    kitVersion: '0.0.0',
  }
  let outcome = await world.clock.drive(runPlaybook(options))
  // A run may stop for a person to decide. Before the point of no return the person can always go back.
  if (outcome.end === 'stopped' && !outcome.noReturnPassed)
    outcome = await world.clock.drive(undoRun(options))
  return { outcome, words: JSON.stringify([outcome, journal.entries, world.said]) }
}

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
  const playbook = load(one.name)

  it('moves orders to the target', async () => {
    const world = build(one)
    const { outcome, words } = await carryOut(world, playbook)
    expect(outcome).toMatchObject({ end: 'completed', noReturnPassed: true })
    expectOrdersOnTarget(world)
    expect(world.target.rows.get('orders.orders')).toEqual([{ id: `canary-night-${runs}` }])
    expect(world.source.rows.get('orders.orders')).toEqual([])
    expect(world.target.accounts.has('orders_ro@%')).toBe(false)
    expect(words).not.toContain(sentinel)
  })

  it('leaves another service of the source its sessions and its rights', async () => {
    const world = build(one)
    addAccount(world.source, 'billing_app', 'x', ['INSERT ON billing.*'])
    addSession(world.source, 'billing_app', { schema: 'billing', program: 'billing-2' })
    const billing = world.source.sessions.filter(({ schema }) => schema === 'billing')
    await carryOut(world, playbook)
    expect(world.source.sessions).toEqual(billing)
    expect(world.source.accounts.get('billing_app@%')?.grants).toEqual(['INSERT ON billing.*'])
    const shop = world.source.accounts.get('shop_app@%')?.grants.filter((grant) => grant.includes('billing'))
    expect(shop ?? []).toHaveLength(one.name === 'stop-write-shared' ? 4 : 0)
  })

  // Whatever single call to the outside is lost, and whether or not it took effect.
  it.each<FailureMoment>(['before', 'after'])(
    'ends where it began or on the target when one call fails, %s its effect',
    async (moment) => {
      const ends = new Set<string>()
      for (let call = 1; ; call += 1) {
        const world = build(one)
        const before = world.snapshot()
        Object.assign(world.failure, { calls: 0, failAt: call, moment })
        const { outcome, words } = await carryOut(world, playbook)
        const where = `call ${call}, ${outcome.failedItem ?? 'no failure'}`
        if (world.failure.calls < call) break
        ends.add(outcome.end)
        expect(words, where).not.toContain(sentinel)
        if (outcome.end === 'completed') expectOrdersOnTarget(world)
        else if (outcome.noReturnPassed) expect(outcome.end, where).toBe('stopped')
        else {
          expect(outcome.end, where).toBe('undone')
          expect(world.snapshot(), where).toEqual(before)
        }
      }
      expect([...ends].sort()).toEqual(['completed', 'stopped', 'undone'])
    },
  )
})
