import { describe, expect, it } from 'vitest'
import type { ServerSettings } from '../../../src/core/ports/database-server.ts'
import { databasesCompatible } from '../../../src/gates/databases-compatible.ts'
import { defineTable } from '../../fakes/fake-database-server.ts'
import { createFakeWorld, type FakeWorld } from '../../fakes/fake-world.ts'
import { readGate } from './read-gate.ts'

const wish = { source: 'source', target: 'target', tables: [{ schema: 'orders' }] }

function setTarget(world: FakeWorld, settings: Partial<ServerSettings>): void {
  world.target.settings = { ...world.target.settings, ...settings }
}

describe('databases-compatible', () => {
  it('is open for servers that fit, and reports triggers', async () => {
    const world = createFakeWorld()
    world.target.tables = world.target.tables.map((table) => ({ ...table, triggers: ['t_audit'] }))
    expect(await readGate(world, databasesCompatible, wish)).toEqual({
      state: 'open',
      measured: '2 tables, triggers on target: orders.orders: t_audit; orders.items: t_audit',
    })
  })

  it.each<[string, Partial<ServerSettings>]>([
    ['sql-mode is NO_ZERO_DATE,STRICT_TRANS_TABLES on source, empty on target', { sqlMode: '' }],
    ['time-zone is UTC on source, Asia/Shanghai on target', { timeZone: 'Asia/Shanghai' }],
    ['character-set is utf8mb4 on source, latin1 on target', { characterSet: 'latin1' }],
    ['collation is utf8mb4_general_ci on source, utf8mb4_bin on target', { collation: 'utf8mb4_bin' }],
    ['lower-case-table-names is 0 on source, 1 on target', { lowerCaseTableNames: 1 }],
    ['max-allowed-packet is 67108864 on source, only 1024 on target', { maxAllowedPacket: 1024 }],
    ['max-connections is 151 on source, only 20 on target', { maxConnections: 20 }],
    ['GTID is off on target', { gtid: false }],
    ['target is read-only', { readOnly: { readOnly: true, superReadOnly: false } }],
  ])('is closed for good: %s', async (text, settings) => {
    const world = createFakeWorld()
    setTarget(world, settings)
    expect(await readGate(world, databasesCompatible, wish)).toMatchObject({
      state: 'closed',
      final: true,
      reason: `target cannot take over: ${text}`,
    })
  })

  it('does not care in which order modes are listed, or where the time zone is set', async () => {
    const world = createFakeWorld()
    setTarget(world, { sqlMode: 'NO_ZERO_DATE,STRICT_TRANS_TABLES', timeZone: 'UTC', systemTimeZone: 'CST' })
    expect(await readGate(world, databasesCompatible, wish)).toMatchObject({ state: 'open' })
  })

  it('names all differences at once', async () => {
    const world = createFakeWorld()
    setTarget(world, { sqlMode: '', lowerCaseTableNames: 1 })
    world.target.tables = [
      {
        ...defineTable('orders', 'orders'),
        engine: 'MyISAM',
        columns: ['id varchar(64) not null'],
        primaryKey: [],
        constraints: ['unique (id)'],
      },
    ]
    const reading = await readGate(world, databasesCompatible, wish)
    expect(reading.state === 'closed' && reading.reason.split('; ')).toEqual([
      'target cannot take over: sql-mode is NO_ZERO_DATE,STRICT_TRANS_TABLES on source, empty on target',
      'lower-case-table-names is 0 on source, 1 on target',
      'orders.orders: column 2 is customer varchar(100) not null on source, absent on target',
      'orders.orders: primary key (id) on source, () on target',
      'orders.orders: unique (customer) is only on source',
      'orders.orders: unique (id) is only on target',
      'orders.orders: engine MyISAM on target, not InnoDB',
      'orders.items does not exist on target',
    ])
  })

  it('accepts what the playbook accepts, and nothing else', async () => {
    const world = createFakeWorld()
    setTarget(world, { sqlMode: '', gtid: false })
    const reading = await readGate(world, databasesCompatible, { ...wish, accept: ['sql-mode'] })
    expect(reading).toMatchObject({ reason: 'target cannot take over: GTID is off on target' })
  })

  it('notices that both are the same server', async () => {
    const world = createFakeWorld()
    const same = { ...wish, target: 'source' }
    expect(await readGate(world, databasesCompatible, same)).toMatchObject({
      state: 'closed',
      reason: expect.stringContaining('the same server (10.0.0.1:3306)'),
    })
  })

  it('does not agree about tables that do not exist anywhere', async () => {
    const world = createFakeWorld()
    const tables = [{ schema: 'order' }, { schema: 'orders', tables: ['lines'] }]
    expect(await readGate(world, databasesCompatible, { ...wish, tables })).toMatchObject({
      state: 'closed',
      reason: 'target cannot take over: no table in order on source; orders.lines does not exist on source',
    })
  })
})
