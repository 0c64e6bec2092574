import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection } from 'mysql2/promise'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { auditRun } from '../../src/lab/audit/audit-run.ts'
import { renderAudit } from '../../src/lab/audit/render-audit.ts'
import type { Audit, AuditRequest } from '../../src/lab/audit/types.ts'
import { startLoadTally } from '../../src/lab/load/tally-load.ts'
import type { LogLine, WriteLine, WriteOutcome, Writer } from '../../src/lab/load/types.ts'
import { billingSchema, ordersSchema, stockSchema } from '../../src/lab/servers/schemas.ts'
import type { RunningDatabase } from '../../src/lab/servers/running-database.ts'
import { startDatabase } from '../../src/lab/servers/start-database.ts'

const seeded = ['base-1-00000001', 'base-1-00000002']
const start = Date.parse('2026-01-01T00:00:00Z')

/** A write of order n, 10 ms after the one before, answered after 4 ms. */
function write(n: number, outcome: WriteOutcome, on: Writer = 'orders'): WriteLine {
  const intended = start + n * 10
  const id = `${{ orders: 'w', billing: 'b', stock: 'm' }[on]}-1-${n}`
  if (outcome === 'not-sent') {
    return { type: 'write', on, id, intended, sent: null, answered: null, status: null, outcome }
  }
  return { type: 'write', on, id, intended, sent: intended + 1, answered: intended + 4, status: 200, outcome }
}

/** 0–9 taken by the source, 10–19 refused, 20–29 taken by the target. */
const orderly: readonly LogLine[] = [
  ...Array.from({ length: 10 }, (_, i) => write(i, 'acknowledged')),
  ...Array.from({ length: 10 }, (_, i) => write(10 + i, 'refused-friendly')),
  ...Array.from({ length: 10 }, (_, i) => write(20 + i, 'acknowledged')),
  write(1, 'acknowledged', 'billing'),
  write(1, 'acknowledged', 'stock'),
  { type: 'read', what: 'one', intended: start, answered: start + 1, status: 200, outcome: 'ok' },
]

describe('the audit', () => {
  let directory: string
  let servers: { source: RunningDatabase; target: RunningDatabase }
  let source: Connection
  let target: Connection

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'audit-'))
    const begin = (name: string, serverId: number) =>
      startDatabase({ engine: 'mariadb', directory: join(directory, name), serverId })
    servers = { source: await begin('a', 1), target: await begin('b', 2) }
    source = await servers.source.root()
    target = await servers.target.root()
    for (const sql of [...ordersSchema, ...billingSchema]) await source.query(sql)
    for (const sql of [...ordersSchema, ...stockSchema]) await target.query(sql)
  })
  afterAll(async () => {
    source.destroy()
    target.destroy()
    await Promise.all([servers.source[Symbol.asyncDispose](), servers.target[Symbol.asyncDispose]()])
    await rm(directory, { recursive: true, force: true })
  })

  async function insertOrder(on: Connection, id: string, createdAt = '2026-01-01 00:00:00.000001') {
    await on.query(
      "INSERT INTO orders.orders (id, customer, item, quantity, price, created_at) VALUES (?, 'c', 'i', 1, 1, ?)",
      [id, createdAt],
    )
    await insertLine(on, id, 1)
  }
  async function insertLine(on: Connection, id: string, lineNo: number) {
    await on.query(
      "INSERT INTO orders.order_lines (order_id, line_no, sku, amount) VALUES (?, ?, 'SKU', 1)",
      [id, lineNo],
    )
  }
  async function removeOrder(on: Connection, id: string) {
    await on.query('DELETE FROM orders.order_lines WHERE order_id = ?', [id])
    await on.query('DELETE FROM orders.orders WHERE id = ?', [id])
  }

  beforeEach(async () => {
    for (const on of [source, target]) {
      await on.query('SET foreign_key_checks = 0')
      await on.query('TRUNCATE orders.order_lines')
      await on.query('TRUNCATE orders.orders')
      await on.query('SET foreign_key_checks = 1')
      for (const id of seeded) await insertOrder(on, id)
      for (let n = 0; n < 10; n += 1) await insertOrder(on, `w-1-${n}`)
    }
    for (let n = 20; n < 30; n += 1) await insertOrder(target, `w-1-${n}`)
    await insertOrder(target, 'canary-1')
    await source.query('TRUNCATE billing.invoices')
    await source.query("INSERT INTO billing.invoices (id, customer, amount) VALUES ('b-1-1', 'c', 1)")
    await target.query('TRUNCATE stock.movements')
    await target.query("INSERT INTO stock.movements (id, item, quantity) VALUES ('m-1-1', 'i', 1)")
  })

  async function audit(lines: readonly LogLine[], changed: Partial<AuditRequest> = {}): Promise<Audit> {
    const logFile = join(directory, 'load.jsonl')
    await writeFile(logFile, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    const tally = startLoadTally()
    for (const line of lines) tally.add(line)
    return auditRun({
      ...servers,
      load: tally.summary({ seed: 1, logFile, startedAt: start, stoppedAt: start + 1000 }),
      truth: 'target',
      seededPrefix: 'base-1-',
      seededOrders: 2,
      canaryPrefix: 'canary-',
      ...changed,
    })
  }

  test('finds nothing where all is well, and measures the pause', async () => {
    const result = await audit(orderly)
    expect(result).toMatchObject({
      ok: true,
      findings: [],
      writes: { acknowledged: 20, refused: 10, refusedFriendly: 10, unknown: 0, lost: 0, doubled: 0 },
      reads: { ok: 1, failed: 0 },
      others: { billing: { ok: 1, failed: 0 }, stock: { ok: 1, failed: 0 } },
      // From the intended start of write 10 to the answer of write 20.
      pauseMs: 104,
      longestGapMs: 110,
      longestWaitMs: 4,
    })
    expect(renderAudit(result)).toContain('exactly once on the right server')
  })

  test('counts the pause to the first write that only the target has, not to a late one of the source', async () => {
    for (const on of [source, target]) {
      await insertOrder(on, 'w-1-15')
      await on.query("UPDATE orders.orders SET seq = 5000 WHERE id = 'w-1-15'") // as replication carries it
    }
    const lines = orderly.map((line) =>
      line.type === 'write' && line.id === 'w-1-15' ? write(15, 'acknowledged') : line,
    )
    expect(await audit(lines)).toMatchObject({ ok: true, pauseMs: 104, longestGapMs: 60 })
  })

  test.each<[string, () => Promise<void>, Partial<Audit> | object, string]>([
    [
      'an acknowledged order that is nowhere',
      () => removeOrder(target, 'w-1-25'),
      { writes: { lost: 1 } },
      '1 acknowledged orders are not on the target: w-1-25',
    ],
    [
      'an acknowledged order that only the source has',
      () => removeOrder(target, 'w-1-3'),
      { writes: { lost: 1 } },
      '1 acknowledged orders are not on the target: w-1-3',
    ],
    [
      'an order without its line',
      async () => void (await target.query("DELETE FROM orders.order_lines WHERE order_id = 'w-1-22'")),
      { writes: { lost: 1 } },
      '1 acknowledged orders lack lines on the target: w-1-22',
    ],
    [
      'a line that is there twice',
      () => insertLine(target, 'w-1-22', 2),
      { writes: { doubled: 1 } },
      '1 orders have their lines more than once: w-1-22',
    ],
    [
      'an order that both servers executed',
      async () => {
        await removeOrder(target, 'w-1-4')
        await insertOrder(target, 'w-1-4', '2026-01-01 00:00:00.000002')
      },
      { writes: { doubled: 1 } },
      '1 orders were executed on both servers: w-1-4',
    ],
    [
      'an order that reached the source too late',
      async () => {
        const [rows] = await target.query("SELECT seq, created_at FROM orders.orders WHERE id = 'w-1-29'")
        const [row] = rows as { seq: string; created_at: string }[]
        await insertOrder(source, 'w-1-29')
        await source.query("UPDATE orders.orders SET seq = ?, created_at = ? WHERE id = 'w-1-29'", [
          row?.seq,
          row?.created_at,
        ])
      },
      { writes: { doubled: 1 } },
      '1 orders reached the source after the target had taken over: w-1-29',
    ],
    [
      'a refused order that is on the target',
      () => insertOrder(target, 'w-1-12'),
      { refusedFound: 1 },
      '1 orders were not taken (refused-friendly) and are there nevertheless (target): w-1-12',
    ],
    [
      'a refused order that is on the source',
      () => insertOrder(source, 'w-1-12'),
      { refusedFound: 1 },
      '1 orders were not taken (refused-friendly) and are there nevertheless (source): w-1-12',
    ],
    [
      'an order nobody wrote',
      () => insertOrder(target, 'w-1-999'),
      { extra: 1 },
      '1 orders are neither seeded nor of the load nor a canary: w-1-999',
    ],
    [
      'an order whose id differs in case only',
      async () => {
        await removeOrder(target, 'w-1-25')
        await insertOrder(target, 'W-1-25')
      },
      { extra: 1, writes: { lost: 1 } },
      '1 acknowledged orders are not on the target: w-1-25',
    ],
    [
      'a seeded order that is gone',
      () => removeOrder(target, 'base-1-00000002'),
      {},
      '1 number of seeded orders on the target differs: 1 instead of 2',
    ],
    [
      'an invoice that is gone',
      async () => void (await source.query('DELETE FROM billing.invoices')),
      {},
      '1 acknowledged writes of billing are not on the source: b-1-1',
    ],
    [
      'a stock movement nobody wrote',
      async () =>
        void (await target.query(
          "INSERT INTO stock.movements (id, item, quantity) VALUES ('m-1-2', 'i', 1)",
        )),
      {},
      '1 rows of stock are not of the load: m-1-2',
    ],
  ])('notices %s', async (_name, plant, expected, finding) => {
    await plant()
    const result = await audit(orderly)
    expect(result.ok).toBe(false)
    expect(result).toMatchObject(expected)
    expect(result.findings).toContain(finding)
    expect(renderAudit(result)).toContain(finding)
  })

  test('says where unknown writes are, without calling them wrong', async () => {
    await insertOrder(target, 'w-1-30')
    const result = await audit([...orderly, write(30, 'unknown'), write(31, 'unknown')])
    expect(result).toMatchObject({
      ok: true,
      writes: { unknown: 2 },
      unknownFound: { target: 1, nowhere: 1 },
    })
  })

  test('calls an unknown write that only the source has wrong', async () => {
    await insertOrder(source, 'w-1-30')
    const result = await audit([...orderly, write(30, 'unknown')])
    expect(result.findings).toEqual(['1 orders are only on the source: w-1-30'])
  })

  test('reports a failed write of billing, a failed read and an unfriendly refusal', async () => {
    const result = await audit([
      ...orderly,
      write(2, 'refused-other', 'billing'),
      write(40, 'refused-other'),
      { type: 'read', what: 'list', intended: start, answered: start, status: 500, outcome: 'failed' },
    ])
    expect(result.others).toMatchObject({ billing: { ok: 1, failed: 1 } })
    expect(result.findings).toEqual([
      '1 writes of billing failed (refused-other): b-1-2',
      '1 writes of orders were refused without the friendly answer',
      '1 reads of orders failed',
    ])
  })

  test('holds an undone run against the source', async () => {
    for (let n = 20; n < 30; n += 1) {
      await removeOrder(target, `w-1-${n}`)
      await insertOrder(source, `w-1-${n}`)
    }
    await removeOrder(target, 'canary-1')
    expect(await audit(orderly, { truth: 'source' })).toMatchObject({ ok: true, pauseMs: 104 })
    await removeOrder(source, 'w-1-7')
    const result = await audit(orderly, { truth: 'source' })
    expect(result.writes.lost).toBe(1)
    expect(result.findings).toEqual([
      '1 acknowledged orders are not on the source: w-1-7',
      '1 orders are only on the target: w-1-7',
    ])
  })

  test('says when writes never came back', async () => {
    const result = await audit(
      orderly.filter((line) => line.type !== 'write' || line.on !== 'orders' || line.intended < start + 195),
    )
    expect(result.pauseMs).toBeNull()
    expect(result.findings).toContain('writes of orders were refused and never taken again')
  })

  test('refuses a log that was cut off', async () => {
    const logFile = join(directory, 'cut.jsonl')
    await writeFile(logFile, `${JSON.stringify(write(1, 'acknowledged'))}\n{"type":"wri`)
    const load = startLoadTally().summary({ seed: 1, logFile, startedAt: 0, stoppedAt: 0 })
    await expect(
      auditRun({ ...servers, load, truth: 'target', seededPrefix: 'base-', canaryPrefix: 'canary-' }),
    ).rejects.toMatchObject({ code: 'internal', where: `${logFile}:2` })
  })
})
