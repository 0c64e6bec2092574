import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/core/system-clock.ts'
import { endOrphanedChanges } from '../../src/databases/end-orphaned-changes.ts'
import { createAccountStatements } from '../../src/lab/servers/create-account.ts'
import { randomPassword } from '../../src/lab/servers/random-password.ts'
import { runAsRoot } from '../../src/lab/servers/run-as-root.ts'
import type { RunningDatabase } from '../../src/lab/servers/running-database.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { startDatabase } from '../../src/lab/servers/start-database.ts'

const never = new AbortController().signal

/** What a killed runner leaves on a server. */
export function orphanedChanges(engine: ServerEngine): void {
  describe(`a change of a dead runner on ${engine}`, () => {
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
      await runAsRoot(server, ['CREATE DATABASE orders', ...account], { signal: never })
    })
    afterAll(async () => {
      await server[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
    })

    const clean = (): Promise<readonly number[]> => {
      const { host, port, admin } = server
      const spec = {
        kind: 'database',
        host,
        port,
        user: admin.user,
        password: 'env:ADMIN',
        tls: 'off',
      } as const
      return endOrphanedChanges('source', spec, { resolve: async () => admin.password }, systemClock, never)
    }

    test('is ended before it takes effect, and what reads goes on', async () => {
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
  })
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
