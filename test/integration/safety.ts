import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runInLab } from '../../src/cli/rehearsal/run-in-lab.ts'
import type { Lab } from '../../src/lab/open-lab.ts'
import type { RunningDatabase } from '../../src/lab/servers/running-database.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { atRoot, attempt, openTestLab, playbooks, snapshotOf } from './cutover-lab.ts'

/** Writers that do not play by the rules. Whatever they do: what was acknowledged is not lost, and nothing is on both sides. */
export function safety(engine: ServerEngine): void {
  describe(`a cutover among hostile writers on ${engine}`, () => {
    let lab: Lab
    beforeAll(async () => {
      lab = await openTestLab(engine)
    })
    afterAll(() => lab[Symbol.asyncDispose]())

    it('is refused before anything changes when a job of another account may write the tables', async () => {
      const { source } = lab.pair
      await atRoot(
        source,
        "CREATE USER nightly@'%' IDENTIFIED BY 'Pass-word.1'",
        "GRANT SELECT, INSERT ON orders.orders TO nightly@'%'",
      )
      const before = await snapshotOf(lab)
      try {
        const run = await runInLab(lab, {
          playbook: join(playbooks, 'stop-write.yaml'),
          confirm: 'orders-target',
          signal: new AbortController().signal,
          show: false,
        })
        expect(run.output).toMatch(/'nightly'@'%' may write to the same tables/)
        expect(run.exitCode).toBe(3)
        expect(await snapshotOf(lab)).toEqual(before)
      } finally {
        await atRoot(source, "DROP USER nightly@'%'")
      }
    })

    it('is undone when somebody writes through a view after the rows were compared', async () => {
      const { source, target } = lab.pair
      await atRoot(source, 'CREATE VIEW billing.back_door AS SELECT id, note FROM orders.orders')
      const { billing_app: password } = lab.pair.passwords
      const billing = await connect(source, { user: 'billing_app', password: password.reveal() })
      const act = async (): Promise<void> => {
        await billing.query("UPDATE billing.back_door SET note = 'late' ORDER BY id LIMIT 1")
      }
      try {
        const run = await attempt(lab, {
          when: { journalHas: '"type":"gate.opened","id":"rows-match"', act },
        })
        expect(run.output).toMatch(/writes-still-stopped[\s\S]*orders\.orders was written to/)
        expect(run.exitCode).toBe(7)
        expect(run.audit.findings).toEqual([])
        expect(await read(target, "SELECT id FROM orders.orders WHERE note = 'late'")).toHaveLength(1)
      } finally {
        billing.destroy()
        await atRoot(source, 'DROP VIEW billing.back_door')
      }
    })

    it('loses nothing of writers that go on all the way, and stays apart from the source for good', async () => {
      const { source, target } = lab.pair
      const writers = startWriters(lab)
      const change = [[/ {4}# Names whoever[\s\S]*?(?= {4}# From here the source)/, '']] as const
      const run = await attempt(lab, {
        change,
        when: { journalHas: '"type":"no-return.passed"', act: () => writers.stop() },
        afterwards: async () => {
          await writers.stop()
          const acknowledged = writers.acknowledged()
          expect(acknowledged.length).toBeGreaterThan(20)
          expect(writers.refused()).toBeGreaterThan(5)
          expect(await missingOf(target, acknowledged)).toEqual([])
          expect(await strayIds(source)).toEqual(await strayIds(target))
          for (const server of [source, target])
            await atRoot(server, 'SET sql_log_bin = 0', "DELETE FROM orders.orders WHERE id LIKE 'stray-%'")
        },
      })
      expect({ exitCode: run.exitCode, output: run.output }).toMatchObject({ exitCode: 0 })
      expect(run.audit.findings).toEqual([])
      await target.stop()
      await target.start()
      await atRoot(source, 'DROP TABLE orders.order_tags')
      expect(
        await read(target, engine === 'mysql' ? 'SHOW REPLICA STATUS' : 'SHOW ALL SLAVES STATUS'),
      ).toEqual([])
      expect(await read(target, "SHOW TABLES FROM orders LIKE 'order_tags'")).toHaveLength(1)
    })
  })
}

interface Writers {
  stop(): Promise<void>
  acknowledged(): readonly string[]
  refused(): number
}

/**
 * Long transactions that are open when the fence goes up, each from a session with another default schema, and jobs that
 * log in anew every 50 ms.
 */
function startWriters(lab: Lab): Writers {
  const { source, passwords } = lab.pair
  const login = { user: 'orders_app', password: passwords.orders_app.reveal() }
  const acknowledged: string[] = []
  const stopping = new AbortController()
  let refused = 0
  let count = 0
  async function work(transactionMs: number, schema: string | undefined): Promise<void> {
    count += 1
    const id = `stray-${count}`
    let connection: Connection | undefined
    try {
      connection = await connect(source, login, schema)
      await connection.query('BEGIN')
      await connection.query(
        'INSERT INTO orders.orders (id, customer, item, quantity, price) VALUES (?, ?, ?, 1, 1)',
        [id, 'stray', 'stray'],
      )
      await pause(transactionMs)
      await connection.query('COMMIT')
      acknowledged.push(id)
    } catch {
      refused += 1
    } finally {
      connection?.destroy()
    }
  }
  async function repeat(transactionMs: number, schema: string | undefined): Promise<void> {
    while (!stopping.signal.aborted) {
      await work(transactionMs, schema)
      await pause(50)
    }
  }
  const all = [0, 4_000].flatMap((ms) =>
    ['orders', 'information_schema', undefined].map((schema) => repeat(ms, schema)),
  )
  return {
    async stop() {
      stopping.abort()
      await Promise.all(all)
    },
    acknowledged: () => acknowledged,
    refused: () => refused,
  }
}

async function connect(
  server: RunningDatabase,
  login: { readonly user: string; readonly password: string },
  database?: string,
): Promise<Connection> {
  const { host, port } = server
  const connection = await createConnection({ host, port, ...login, ...(database && { database }) })
  // A session that the fence ends says so to nobody in particular, too.
  connection.on('error', () => undefined)
  return connection
}

async function read(server: RunningDatabase, sql: string): Promise<RowDataPacket[]> {
  const root = await server.root()
  try {
    return (await root.query<RowDataPacket[]>(sql))[0]
  } finally {
    root.destroy()
  }
}

async function strayIds(server: RunningDatabase): Promise<readonly string[]> {
  const rows = await read(server, "SELECT id FROM orders.orders WHERE id LIKE 'stray-%' ORDER BY id")
  return rows.map((row) => String(row['id']))
}

async function missingOf(server: RunningDatabase, ids: readonly string[]): Promise<readonly string[]> {
  const present = new Set(await strayIds(server))
  return ids.filter((id) => !present.has(id))
}
