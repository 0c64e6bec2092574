import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabasePair, type DatabasePair } from '../../src/lab/servers/open-database-pair.ts'
import { startReplication } from '../../src/lab/servers/replication.ts'
import { waitUntilApplied } from '../../src/lab/servers/wait-until-applied.ts'

const signal = AbortSignal.timeout(230_000)
const engines = ['mariadb', 'mysql'] as const
const tables = ['orders', 'order_lines', 'order_files', 'order_tags']

type Row = Record<string, unknown>

async function read(session: Connection, sql: string): Promise<Row[]> {
  return (await session.query<RowDataPacket[]>(sql))[0]
}

async function firstColumn(session: Connection, sql: string): Promise<string[]> {
  return (await read(session, sql)).map((row) => String(Object.values(row)[0]))
}

// Both pairs are open at the same time: this is also the proof that they do not disturb each other.
const pairs = new Map<string, DatabasePair>()
const said: string[] = []
let home: string

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'lab-'))
  await Promise.all(
    engines.map(async (engine) => {
      const pair = await openDatabasePair({
        engine,
        directory: join(home, engine),
        rows: 3000,
        seed: 11,
        sharedAccount: engine === 'mysql',
        signal,
        say: (text) => said.push(text),
      })
      pairs.set(engine, pair)
    }),
  )
})

afterAll(async () => {
  await Promise.all([...pairs.values()].map((pair) => pair[Symbol.asyncDispose]()))
  await rm(home, { recursive: true, force: true })
})

describe.each(engines)('a replicating pair of %s servers', (engine) => {
  let pair: DatabasePair
  let source: Connection
  let target: Connection

  beforeAll(async () => {
    pair = pairs.get(engine) as DatabasePair
    source = await pair.source.root()
    target = await pair.target.root()
  })

  afterAll(() => {
    source?.destroy()
    target?.destroy()
  })

  const position = async (): Promise<string> => {
    const variable = engine === 'mysql' ? '@@gtid_executed' : '@@gtid_slave_pos'
    return String((await firstColumn(target, `SELECT ${variable}`))[0])
  }
  const applied = (): Promise<void> =>
    waitUntilApplied(pair.source, pair.target, { signal, withinMs: 20_000 })

  it('has the same rows in every moved table on both sides', async () => {
    let total = 0
    for (const table of tables) {
      const sql = `SELECT * FROM orders.${table} ORDER BY 1, 2`
      const here = await read(source, sql)
      expect(await read(target, sql), table).toEqual(here)
      total += here.length
    }
    expect(total).toBe(3000)
  })

  it('says what takes long', () => {
    expect(said.join('\n')).toMatch(/starting two .* servers\n/)
  })

  it('has other schemas on their own side only', async () => {
    expect(await firstColumn(source, 'SHOW DATABASES')).toEqual(expect.arrayContaining(['billing', 'orders']))
    expect(await firstColumn(source, 'SHOW DATABASES')).not.toContain('stock')
    expect(await firstColumn(target, 'SHOW DATABASES')).toEqual(expect.arrayContaining(['orders', 'stock']))
    expect(await firstColumn(target, 'SHOW DATABASES')).not.toContain('billing')
  })

  it('has one account for each service, or one that two of them share', async () => {
    const users = `SELECT user FROM mysql.user WHERE user LIKE '%\\_app' ORDER BY user`
    expect(await firstColumn(source, users)).toEqual(
      engine === 'mysql' ? ['shop_app'] : ['billing_app', 'orders_app'],
    )
    expect(await firstColumn(target, users)).toEqual(['stock_app'])
  })

  it('carries a row of every type, its change and its removal', async () => {
    await source.query(
      `INSERT INTO orders.orders (id, customer, item, quantity, price, note, attributes, created_at, updated_at)
       VALUES ('every-type', '王小明', '🧸', -2147483648, 9999999999.99, 'a''b\\\\c\\n请 🚪', '{"k": ["é", 1.5, null]}',
         '2026-11-21 23:59:59.999999', '2038-01-19 03:14:07.123')`,
    )
    await source.query(
      `INSERT INTO orders.order_lines (order_id, line_no, sku, amount, weight, gift)
       VALUES ('every-type', 65535, 'ABC', -123456789012.123456, 1.7976931348623157e308, b'1')`,
    )
    await source.query(
      `INSERT INTO orders.order_files (order_id, name, digest, content, taken_on)
       VALUES ('every-type', 'f', UNHEX(SHA2('x', 256)), CONCAT(UNHEX('00FF0A0D1A'), REPEAT(UNHEX('E8'), 60000)), '1000-01-01')`,
    )
    await source.query(`INSERT INTO orders.order_tags VALUES ('every-type', '加急', NULL)`)
    await applied()
    for (const table of tables) {
      const key = table === 'orders' ? 'id' : 'order_id'
      const sql = `SELECT * FROM orders.${table} WHERE ${key} = 'every-type'`
      const there = await read(target, sql)
      expect(there, table).toHaveLength(1)
      expect(there, table).toEqual(await read(source, sql))
    }
    await source.query(`UPDATE orders.orders SET quantity = 5, note = NULL WHERE id = 'every-type'`)
    await source.query(`DELETE FROM orders.order_tags WHERE order_id = 'every-type'`)
    await applied()
    expect(await read(target, `SELECT quantity, note FROM orders.orders WHERE id = 'every-type'`)).toEqual([
      { quantity: 5, note: null },
    ])
    expect(await read(target, `SELECT 1 FROM orders.order_tags WHERE order_id = 'every-type'`)).toEqual([])
  })

  it('carries changes of the moved tables themselves, whatever schema the session is in', async () => {
    await source.query('USE billing')
    await source.query('CREATE TABLE orders.later (id INT PRIMARY KEY, word VARCHAR(20))')
    await source.query(`INSERT INTO orders.later VALUES (1, 'é')`)
    await source.query('ALTER TABLE orders.later ADD COLUMN more INT NOT NULL DEFAULT 3')
    await applied()
    expect(await read(target, 'SELECT * FROM orders.later')).toEqual([{ id: 1, word: 'é', more: 3 }])
    await source.query('DROP TABLE orders.later')
    await applied()
    expect(await read(target, `SHOW TABLES FROM orders LIKE 'later'`)).toEqual([])
  })

  it('keeps account statements and other schemas on the source, and still advances the position', async () => {
    const statements = [
      'USE orders',
      `CREATE USER visitor IDENTIFIED BY 'Visitor-1_x'`,
      'GRANT SELECT, INSERT ON orders.* TO visitor',
      'GRANT UPDATE ON orders.orders TO visitor',
      'REVOKE INSERT ON orders.* FROM visitor',
      // The same name lives on the target with rights of its own.
      `CREATE USER stock_app IDENTIFIED BY 'Visitor-1_x'`,
      'GRANT SELECT ON orders.* TO stock_app',
      `ALTER USER stock_app IDENTIFIED BY 'Visitor-2_x'`,
      'DROP USER stock_app',
      `INSERT INTO billing.invoices (id, customer, amount) VALUES ('b1', 'Ada', 1.25)`,
      'CREATE DATABASE elsewhere',
      'CREATE TABLE elsewhere.t (id INT PRIMARY KEY)',
      'INSERT INTO elsewhere.t VALUES (1)',
    ]
    const grants = await firstColumn(target, 'SHOW GRANTS FOR stock_app')
    for (const statement of statements) {
      const before = await position()
      await source.query(statement)
      await applied()
      if (!statement.startsWith('USE')) expect(await position(), statement).not.toBe(before)
    }
    expect(await firstColumn(target, `SELECT user FROM mysql.user WHERE user = 'visitor'`)).toEqual([])
    expect(await firstColumn(target, 'SHOW GRANTS FOR stock_app')).toEqual(grants)
    expect(await firstColumn(target, 'SHOW DATABASES')).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/billing|elsewhere/)]),
    )
  })

  it('lets the target take writes of its own without disturbing replication', async () => {
    await target.query(`INSERT INTO stock.movements (id, item, quantity) VALUES ('m1', 'lamp', 1)`)
    await source.query(`UPDATE orders.orders SET quantity = quantity + 1 WHERE id = 'base-11-00000000'`)
    await applied()
    const sql = `SELECT quantity FROM orders.orders WHERE id = 'base-11-00000000'`
    expect(await read(target, sql)).toEqual(await read(source, sql))
  })

  it('goes on by itself after either server was killed', async () => {
    source.on('error', () => undefined)
    target.on('error', () => undefined)
    await pair.target.kill()
    await source.query(`UPDATE orders.orders SET quantity = 1001 WHERE id = 'base-11-00000001'`)
    await pair.target.start(signal)
    await pair.source.kill()
    await pair.source.start(signal)
    source = await pair.source.root()
    target = await pair.target.root()
    await source.query(`UPDATE orders.orders SET quantity = 1002 WHERE id = 'base-11-00000002'`)
    await applied()
    const sql = `SELECT quantity FROM orders.orders WHERE id IN ('base-11-00000001', 'base-11-00000002')`
    expect(await read(target, sql)).toEqual([{ quantity: 1001 }, { quantity: 1002 }])
  })

  it('reports a replica that does not follow', async () => {
    await target.query(engine === 'mysql' ? 'STOP REPLICA' : 'STOP SLAVE')
    await source.query(`DELETE FROM billing.invoices`)
    await source.query(`UPDATE orders.orders SET quantity = 9 WHERE id = 'base-11-00000003'`)
    await expect(waitUntilApplied(pair.source, pair.target, { signal, withinMs: 150 })).rejects.toMatchObject(
      {
        code: 'deadline',
        where: `127.0.0.1:${pair.target.port}`,
      },
    )
    await target.query(engine === 'mysql' ? 'START REPLICA' : 'START SLAVE')
    await applied()
  })

  it('can be turned round: the source then takes over the moved schema only', async () => {
    const stop = engine === 'mysql' ? 'STOP REPLICA' : 'STOP SLAVE'
    await applied()
    await target.query(stop)
    await startReplication(pair.target, pair.source, pair.passwords.replicator, signal)
    await target.query(`UPDATE orders.orders SET quantity = 31 WHERE id = 'base-11-00000004'`)
    await target.query(`INSERT INTO stock.movements (id, item, quantity) VALUES ('m2', 'lamp', 1)`)
    await waitUntilApplied(pair.target, pair.source, { signal, withinMs: 20_000 })
    const sql = `SELECT quantity FROM orders.orders WHERE id = 'base-11-00000004'`
    expect(await read(source, sql)).toEqual([{ quantity: 31 }])
    expect(await firstColumn(source, 'SHOW DATABASES')).not.toContain('stock')
  })
})
