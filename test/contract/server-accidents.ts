import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DatabaseServer, Secrets } from '../../src/core/ports/index.ts'
import { systemClock } from '../../src/core/system-clock.ts'
import type { DatabaseSpec } from '../../src/core/system-specs.ts'
import { endOrphanedChanges } from '../../src/databases/end-orphaned-changes.ts'
import { openDatabaseServer } from '../../src/databases/open-database-server.ts'
import { createAccountStatements } from '../../src/lab/servers/create-account.ts'
import { randomPassword } from '../../src/lab/servers/random-password.ts'
import { runAsRoot } from '../../src/lab/servers/run-as-root.ts'
import type { RunningDatabase } from '../../src/lab/servers/running-database.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { startDatabase } from '../../src/lab/servers/start-database.ts'

const never = new AbortController().signal

/** What a dead runner leaves on a server, and what a server that was restarted has forgotten. */
export function serverAccidents(engine: ServerEngine): void {
  describe(`${engine} after an accident`, () => {
    let directory: string
    let server: RunningDatabase
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'cutover-orphan-'))
      server = await startDatabase({
        engine,
        directory,
        serverId: 1,
        movedSchemas: ['orders'],
        signal: never,
      })
      const account = createAccountStatements('orders_app', randomPassword('orders_app'), [
        { privileges: ['SELECT', 'INSERT'], on: 'orders.*' },
      ])
      await runAsRoot(
        server,
        ['CREATE DATABASE orders', 'CREATE TABLE orders.lines (id INT PRIMARY KEY)', ...account],
        { signal: never },
      )
    })
    afterAll(async () => {
      await server[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
    })

    const specOf = ({ host, port, admin }: RunningDatabase): DatabaseSpec => {
      return { kind: 'database', host, port, user: admin.user, password: 'env:ADMIN', tls: 'off' }
    }
    const secrets = (): Secrets => ({ resolve: async () => server.admin.password })
    const clean = (): Promise<readonly number[]> =>
      endOrphanedChanges('source', specOf(server), secrets(), systemClock, never)
    const open = (): Promise<DatabaseServer> =>
      openDatabaseServer('source', specOf(server), secrets(), systemClock, never)
    const restart = async (): Promise<void> => {
      await server.stop()
      await server.start()
    }
    const tables = [{ schema: 'orders' }]

    test('ends the change of a dead runner before it takes effect, and lets what reads go on', async () => {
      const { host, port, admin } = server
      const login = { host, port, user: admin.user, password: admin.password.reveal() }
      const root = await server.root()
      const dead = await createConnection(login)
      const reader = await createConnection(login)
      try {
        await root.query('FLUSH TABLES WITH READ LOCK')
        dead.query("REVOKE INSERT ON orders.* FROM 'orders_app'@'%'").catch(() => undefined)
        const reading = reader.query('SELECT SLEEP(2) AS slept')
        await expect.poll(() => statementsOf(server, admin.user)).toHaveLength(2)
        dead.destroy() // as the kernel does it for a killed process
        expect(await statementsOf(server, admin.user)).toHaveLength(2)
        expect(await clean()).toEqual([dead.threadId])
        await root.query('UNLOCK TABLES')
        const [[slept]] = (await reading) as unknown as [RowDataPacket[]]
        expect(Number(slept?.['slept'])).toBe(0)
        const [grants] = await root.query<RowDataPacket[]>("SHOW GRANTS FOR 'orders_app'@'%'")
        expect(JSON.stringify(grants)).toContain('INSERT')
        expect(await clean()).toEqual([])
      } finally {
        for (const each of [root, dead, reader]) each.destroy()
      }
    })

    test('has kept an account fence, and says that its counters prove nothing any more', async () => {
      await using kit = await open()
      const accounts = [{ user: 'orders_app', host: '%' }]
      const fence = { kind: 'account', accounts, tables } as const
      const image = await kit.observeFence(fence, never)
      await kit.raiseFence(fence, never)
      // The server counts whole seconds: two starts within two of them look like one.
      await expect.poll(() => uptimeOf(server), { timeout: 10_000 }).toBeGreaterThan(3)
      expect(await kit.proveSilence(fence, { samplesMs: 0, tables }, never)).toMatchObject({ silent: true })
      await restart()
      expect(await kit.fenceIsUp(fence, never)).toMatchObject({ up: true })
      expect(await kit.proveSilence(fence, { samplesMs: 0, tables }, never)).toMatchObject({
        silent: false,
        lasting: true,
        findings: [expect.stringContaining('the server was restarted')],
      })
      await kit.lowerFence(fence, image, never)
      expect(await kit.observeFence(fence, never)).toEqual(image)
    })

    test('has forgotten an instance fence, which is noticed', async () => {
      await using kit = await open()
      const fence = { kind: 'instance' } as const
      await kit.raiseFence(fence, never)
      expect(await kit.fenceIsUp(fence, never)).toMatchObject({ up: true })
      await restart()
      expect(await kit.fenceIsUp(fence, never)).toMatchObject({ up: false })
      const { findings } = await kit.proveSilence(fence, { samplesMs: 0, tables }, never)
      expect(findings).toContainEqual(expect.stringMatching(/read_only is off/))
    })
  })
}

async function uptimeOf(server: RunningDatabase): Promise<number> {
  const root = await server.root()
  try {
    const [rows] = await root.query<RowDataPacket[]>("SHOW GLOBAL STATUS LIKE 'Uptime'")
    return Number(rows[0]?.['Value'])
  } finally {
    root.destroy()
  }
}

async function statementsOf(server: RunningDatabase, user: string): Promise<readonly string[]> {
  const root = await server.root()
  try {
    const [rows] = await root.query<RowDataPacket[]>(
      "SELECT info AS info FROM information_schema.processlist WHERE user = ? AND command <> 'Sleep'",
      [user],
    )
    return rows.map((row) => String(row['info']))
  } finally {
    root.destroy()
  }
}
