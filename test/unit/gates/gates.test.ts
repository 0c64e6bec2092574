import { describe, expect, it } from 'vitest'
import { CutoverError } from '../../../src/core/errors.ts'
import type { GateKind, GateReading } from '../../../src/core/gate.ts'
import { caughtUp } from '../../../src/gates/caught-up.ts'
import { configReceived } from '../../../src/gates/config-received.ts'
import { databasesCompatible } from '../../../src/gates/databases-compatible.ts'
import { noSessions } from '../../../src/gates/no-sessions.ts'
import { operatorAgrees } from '../../../src/gates/operator-agrees.ts'
import { rowsMatch } from '../../../src/gates/rows-match.ts'
import { servicesHealthy } from '../../../src/gates/services-healthy.ts'
import { writesStopped } from '../../../src/gates/writes-stopped.ts'
import { addAccount, addSession } from '../../fakes/fake-database-server.ts'
import { createFakeWorld, sentinel, type FakeWorld } from '../../fakes/fake-world.ts'
import { openGate, readGate } from './read-gate.ts'

const orders = [{ schema: 'orders' }]
const pair = { source: 'source', target: 'target', tables: orders }
const quiet = { database: 'source', accounts: ['orders_app'] }
const proof = {
  database: 'source',
  fence: 'account',
  accounts: ['orders_app'],
  tables: orders,
  credentials: { user: 'orders_app', password: 'env:ORDERS_APP_PASSWORD' },
}
const signal = new AbortController().signal

function reasonOf(reading: GateReading): string {
  return reading.state === 'open' ? '' : reading.reason
}
function raiseFence(world: FakeWorld): void {
  world.source.sessions = []
  const account = world.source.accounts.get('orders_app@%')
  if (account) account.grants = ['SELECT ON orders.*']
}

describe('every gate that looks at a system', () => {
  const looking: readonly (readonly [string, GateKind<never>, unknown])[] = [
    ['caught-up', caughtUp as GateKind<never>, { sync: 'sync' }],
    ['databases-compatible', databasesCompatible as GateKind<never>, pair],
    ['no-sessions', noSessions as GateKind<never>, quiet],
    ['writes-stopped', writesStopped as GateKind<never>, proof],
    ['config-received', configReceived as GateKind<never>, { services: ['orders'] }],
    ['services-healthy', servicesHealthy as GateKind<never>, { services: ['orders'] }],
    ['rows-match', rowsMatch as GateKind<never>, pair],
  ]

  it.each(looking)('%s is unknown, never open, while any of its calls fails', async (_name, kind, wish) => {
    for (let call = 1; ; call += 1) {
      const world = createFakeWorld()
      raiseFence(world)
      world.center.tellsSubscribers = true
      Object.assign(world.failure, { calls: 0, failAt: call })
      const reader = await openGate(world, kind, wish)
      const reading = await reader.read(signal)
      if (world.failure.calls < call) return expect(call).toBeGreaterThan(1)
      expect(reading).toMatchObject({ state: 'unknown', reason: expect.stringContaining('connection lost') })
      expect((await reader.read(signal)).state).not.toBe('unknown')
    }
  })

  it.each(looking)('%s changes nothing and says in one line what must hold', async (_name, kind, wish) => {
    const world = createFakeWorld()
    const before = world.snapshot()
    const reading = await readGate(world, kind, wish)
    expect(world.snapshot()).toEqual(before)
    expect(JSON.stringify(reading)).not.toContain(sentinel)
    expect(kind.describe(kind.schema.parse(wish))).not.toContain('\n')
  })

  it('gives up at once when the kit has no right to look', async () => {
    const world = createFakeWorld()
    const forbidden = new CutoverError('system.forbidden', 'PROCESS is missing', { hint: 'GRANT PROCESS' })
    const source = world.ports.database('source')
    const blind = { ...source, sessions: () => Promise.reject(forbidden) }
    const ports = { ...world.ports, database: () => blind }
    const reader = await noSessions.open(world.context({ ports }), noSessions.schema.parse(quiet))
    expect(await reader.read(signal)).toEqual({
      state: 'closed',
      reason: 'PROCESS is missing',
      final: true,
      hint: 'GRANT PROCESS',
    })
  })
})

describe('caught-up', () => {
  it('takes the position when it is opened and waits for exactly that one', async () => {
    const world = createFakeWorld()
    const reader = await openGate(world, caughtUp, { sync: 'sync' })
    world.sync.applied = 99
    expect(await reader.read(signal)).toMatchObject({
      state: 'closed',
      reason: expect.stringContaining('0-1-99'),
    })
    world.source.position = 500
    world.sync.applied = 100
    expect(await reader.read(signal)).toMatchObject({
      state: 'open',
      measured: expect.stringContaining('0-1-100'),
    })
  })

  it.each([
    ['stopped', undefined, undefined],
    ['failed', undefined, undefined],
    ['failed', 'duplicate key', true],
    ['missing', undefined, true],
  ] as const)('is closed when the sync is %s (error: %s), for good: %s', async (state, error, final) => {
    const world = createFakeWorld()
    Object.assign(world.sync, { state, error })
    const reading = await readGate(world, caughtUp, { sync: 'sync' })
    expect(reading.state).toBe('closed')
    expect(reasonOf(reading)).toContain(`sync sync is ${state}`)
    expect('final' in reading && reading.final).toBe(final ?? false)
  })

  it('keeps unknown unknown', async () => {
    const world = createFakeWorld()
    world.sync.blind = true
    expect(await readGate(world, caughtUp, { sync: 'sync' })).toMatchObject({ state: 'unknown' })
  })
})

describe('no-sessions', () => {
  it('says who is still there', async () => {
    const world = createFakeWorld()
    world.source.sessions = []
    addSession(world.source, 'orders_app', { host: '10.0.1.9', seconds: 42, program: 'report-job' })
    expect(reasonOf(await readGate(world, noSessions, quiet))).toBe(
      '1 session left on source: orders_app from 10.0.1.9 (report-job), Sleep for 42 s, schema orders',
    )
  })

  it('lists at most ten and counts the rest', async () => {
    const world = createFakeWorld()
    world.source.sessions = []
    for (let count = 0; count < 13; count += 1) addSession(world.source, 'orders_app')
    const reason = reasonOf(await readGate(world, noSessions, quiet))
    expect(reason).toContain('13 sessions left')
    expect(reason.match(/orders_app from/g)).toHaveLength(10)
    expect(reason).toContain('and 3 more')
  })

  it('does not count other accounts and replicas', async () => {
    const world = createFakeWorld()
    world.source.sessions = []
    addSession(world.source, 'billing_app')
    addSession(world.source, 'orders_app', { command: 'Binlog Dump GTID' })
    expect(await readGate(world, noSessions, quiet)).toMatchObject({ state: 'open' })
  })

  it('counts by default schema, and a session without one', async () => {
    const world = createFakeWorld()
    addAccount(world.source, 'shop_app', 'x', [])
    const wish = { database: 'source', accounts: ['shop_app'], schema: 'orders' }
    addSession(world.source, 'shop_app', { schema: 'billing' })
    expect(await readGate(world, noSessions, wish)).toMatchObject({ state: 'open' })
    addSession(world.source, 'shop_app', { schema: null })
    addSession(world.source, 'shop_app', { schema: 'orders' })
    expect(await readGate(world, noSessions, wish)).toMatchObject({ state: 'closed', measured: '2' })
  })

  it('tells sessions of the same user apart by address, and counts what it cannot tell', async () => {
    const world = createFakeWorld()
    world.source.sessions = []
    const account = world.source.accounts.get('orders_app@%')
    if (account) world.source.accounts.set('orders_app@10.1.%', account)
    const wish = { database: 'source', accounts: ['orders_app@10.1.%'] }
    addSession(world.source, 'orders_app', { host: '10.2.0.4' })
    expect(await readGate(world, noSessions, wish)).toMatchObject({ state: 'open' })
    addSession(world.source, 'orders_app', { host: '10.1.0.4' })
    addSession(world.source, 'orders_app', { host: 'app-7.local' })
    expect(await readGate(world, noSessions, wish)).toMatchObject({ state: 'closed', measured: '2' })
  })

  it('does not take a misspelt account for a quiet one', async () => {
    const world = createFakeWorld()
    expect(await readGate(world, noSessions, { database: 'source', accounts: ['order_app'] })).toMatchObject({
      state: 'closed',
      final: true,
      reason: "there is no account 'order_app'@'%' on source",
    })
  })
})

describe('writes-stopped', () => {
  it('is closed with every finding before the fence', async () => {
    const world = createFakeWorld()
    world.source.transactions = [{ sessionId: 0, rowsModified: 3, seconds: 9, xid: 'x1' }]
    const reason = reasonOf(await readGate(world, writesStopped, proof))
    expect(reason).toContain('still granted: DELETE ON orders.*')
    expect(reason).toContain('open transaction of session 0')
    expect(reason).toContain('a write as orders_app was accepted')
  })

  it('is open with evidence and position behind the fence', async () => {
    const world = createFakeWorld()
    raiseFence(world)
    expect(await readGate(world, writesStopped, proof)).toEqual({
      state: 'open',
      measured: 'silent: no account has a write right; position 0-1-100',
    })
  })

  it('tries a write with each credential it is given', async () => {
    const world = createFakeWorld()
    raiseFence(world)
    addAccount(world.source, 'shop_app', 'x', ['INSERT ON orders.*'])
    const shop = { user: 'shop_app', password: 'env:ORDERS_APP_PASSWORD' }
    const both = await readGate(world, writesStopped, { ...proof, credentials: [proof.credentials, shop] })
    expect(reasonOf(both)).toContain('a write as shop_app was accepted')
  })

  it('gives up at once when something was written since an earlier proof', async () => {
    const world = createFakeWorld()
    raiseFence(world)
    world.source.writtenSinceProof = true
    expect(await readGate(world, writesStopped, proof)).toMatchObject({
      state: 'closed',
      final: true,
      reason: 'source is not silent: written to since an earlier proof',
    })
  })

  it('gives up at once when a secret cannot be resolved', async () => {
    const world = createFakeWorld()
    world.secrets.clear()
    expect(await readGate(world, writesStopped, proof)).toMatchObject({ state: 'closed', final: true })
  })
})

describe('services-healthy', () => {
  it('names the instance that is not healthy', async () => {
    const world = createFakeWorld()
    Object.assign(world.orders.instances[1] ?? {}, { healthy: false })
    expect(await readGate(world, servicesHealthy, { services: ['orders'] })).toMatchObject({
      state: 'closed',
      reason: 'not healthy: orders-2 (connection refused)',
      measured: '1 of 2 healthy',
    })
  })

  it('is open when every instance is healthy', async () => {
    const world = createFakeWorld()
    expect(await readGate(world, servicesHealthy, { services: ['orders'] })).toEqual({
      state: 'open',
      measured: '2 instances healthy',
    })
  })
})

describe('rows-match', () => {
  const table = {
    schema: 'orders',
    table: 'orders',
    sourceRows: 10,
    targetRows: 10,
    missingInTarget: 0,
    extraInTarget: 0,
    different: 0,
    examples: [],
  }

  it('is open with what it compared', async () => {
    const world = createFakeWorld()
    world.comparison = { equal: true, rowsCompared: 10, tables: [table] }
    expect(await readGate(world, rowsMatch, pair)).toEqual({
      state: 'open',
      measured: '10 rows in 1 tables compared, all equal',
    })
  })

  it('gives up at once and names rows that differ', async () => {
    const world = createFakeWorld()
    const unequal = { ...table, targetRows: 9, missingInTarget: 1, different: 2, examples: ['id=7', 'id=8'] }
    world.comparison = { equal: false, rowsCompared: 10, tables: [unequal, { ...table, table: 'items' }] }
    expect(await readGate(world, rowsMatch, pair)).toMatchObject({
      state: 'closed',
      final: true,
      reason: 'rows differ: orders.orders: 1 missing on target, 2 different, 10 and 9 rows (id=7, id=8)',
    })
  })

  it('does not open because there was nothing to compare', async () => {
    const world = createFakeWorld()
    expect(await readGate(world, rowsMatch, pair)).toMatchObject({ state: 'closed', final: true })
  })
})

describe('operator-agrees', () => {
  const wish = { question: 'Go on?' }

  it('asks the question and opens with who agreed', async () => {
    const world = createFakeWorld()
    expect(await readGate(world, operatorAgrees, wish)).toEqual({
      state: 'open',
      measured: 'ann@desk agreed (typed)',
    })
    expect(world.questions).toEqual([{ id: 'operator-agrees', text: 'Go on?' }])
  })

  it('wants the word typed that the playbook asks for', async () => {
    const world = createFakeWorld()
    await readGate(world, operatorAgrees, { ...wish, type: 'orders-target' })
    expect(world.questions[0]?.typeToAgree).toBe('orders-target')
  })

  it('ends as declined at a no', async () => {
    const world = createFakeWorld()
    world.answer = { agreed: false, why: 'not tonight' }
    expect(await readGate(world, operatorAgrees, wish)).toEqual({
      state: 'closed',
      reason: 'not tonight',
      final: true,
      declined: true,
    })
  })
})
