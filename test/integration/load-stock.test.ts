import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { startLoad } from '../../src/lab/load/start-load.ts'
import type { WriteLine } from '../../src/lab/load/types.ts'
import { stockSchema } from '../../src/lab/servers/schemas.ts'
import type { RunningDatabase } from '../../src/lab/servers/running-database.ts'
import { startDatabase } from '../../src/lab/servers/start-database.ts'

describe("the target's other writer", () => {
  let directory: string
  let server: RunningDatabase
  let root: Connection

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'stock-'))
    server = await startDatabase({ engine: 'mariadb', directory: join(directory, 'a'), serverId: 1 })
    root = await server.root()
    for (const sql of stockSchema) await root.query(sql)
    await root.query("CREATE USER 'stock_app'@'%' IDENTIFIED BY 'stock-password'")
    await root.query("GRANT SELECT, INSERT ON stock.* TO 'stock_app'@'%'")
  })
  afterAll(async () => {
    root.destroy()
    await server[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  })

  const begin = (seed: number) =>
    startLoad({
      ordersUrl: 'http://127.0.0.1:9',
      logFile: join(directory, 'load.jsonl'),
      knownOrderIds: [],
      seed,
      writesPerSecond: 0,
      readsPerSecond: 0,
      probesPerSecond: 0,
      stockPerSecond: 100,
      timeoutMs: 2000,
      stock: {
        host: server.host,
        port: server.port,
        user: 'stock_app',
        password: new Secret('stock', 'stock-password'),
      },
    })
  async function stored(seed: number): Promise<string[]> {
    const sql = 'SELECT id FROM stock.movements WHERE id LIKE ?'
    const [rows] = await root.query<RowDataPacket[]>(sql, [`m-${seed}-%`])
    return rows.map((row) => String(row['id']))
  }
  async function logged(): Promise<WriteLine[]> {
    const text = await readFile(join(directory, 'load.jsonl'), 'utf8')
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as WriteLine)
  }

  test('finds every acknowledged row in the table and nothing else', async () => {
    await using load = await begin(1)
    await expect.poll(async () => (await stored(1)).length).toBeGreaterThan(20)
    const summary = await load.stop()
    const lines = await logged()
    expect(lines.map((line) => line.id).sort()).toEqual((await stored(1)).sort())
    expect(summary.writes.stock).toMatchObject({ acknowledged: lines.length, refusedOther: 0, unknown: 0 })
  })

  test('tells a refusal of the server from a server that died', async () => {
    await using load = await begin(2)
    await expect.poll(async () => (await stored(2)).length).toBeGreaterThan(5)
    await root.query('SET GLOBAL read_only = 1')
    await expect
      .poll(async () => (await logged()).some((line) => line.outcome === 'refused-other'))
      .toBe(true)
    await root.query('SET GLOBAL read_only = 0')
    const before = (await stored(2)).length
    await expect.poll(async () => (await stored(2)).length).toBeGreaterThan(before)
    // Answers stop while statements go on being sent.
    await server.suspend()
    await expect
      .poll(async () => (await logged()).some((line) => line.outcome === 'unknown'), { timeout: 10_000 })
      .toBe(true)
    const summary = await load.stop()
    server.resume()
    const lines = await logged()
    const unknown = lines.filter((line) => line.outcome === 'unknown')
    expect(unknown.map((line) => line.detail)).toContain('TIMEOUT')
    expect(lines.find((line) => line.outcome === 'refused-other')).toMatchObject({
      status: null,
      detail: expect.stringMatching(/^ER_/),
    })
    expect(unknown.length).toBe(summary.writes.stock.unknown)
    expect(summary.writes.stock.acknowledged).toBe(
      lines.filter((line) => line.outcome === 'acknowledged').length,
    )
  })
})
