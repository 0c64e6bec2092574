import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Secret } from '../../src/core/secret.ts'
import { createAccountStatements } from '../../src/lab/servers/create-account.ts'
import { randomPassword } from '../../src/lab/servers/random-password.ts'
import { runAsRoot } from '../../src/lab/servers/run-as-root.ts'
import type { RunningDatabase } from '../../src/lab/servers/running-database.ts'
import { startDatabase } from '../../src/lab/servers/start-database.ts'

const signal = AbortSignal.timeout(200_000)

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`)
}

/** How a login that nobody answers ends. */
async function deadEnd(database: RunningDatabase): Promise<string> {
  const { user, password } = database.admin
  const options = { user, password: password.reveal(), socketPath: database.socket, connectTimeout: 200 }
  return createConnection(options).then(
    () => 'answered',
    (error: NodeJS.ErrnoException) => error.code ?? 'failed',
  )
}

async function rows(session: Connection, sql: string): Promise<RowDataPacket[]> {
  return (await session.query<RowDataPacket[]>(sql))[0]
}

function logIn(database: RunningDatabase, user: string, password: Secret): Promise<Connection> {
  return createConnection({ host: database.host, port: database.port, user, password: password.reveal() })
}

describe.each(['mariadb', 'mysql'] as const)('a throw-away %s server', (engine) => {
  let home: string
  let database: RunningDatabase
  let admin: Connection

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'lab-'))
    const directory = join(home, 'one')
    database = await startDatabase({ engine, directory, serverId: 7, movedSchemas: ['or_ders'], signal })
    await runAsRoot(
      database,
      ['CREATE DATABASE or_ders', 'CREATE DATABASE orxders', 'CREATE TABLE or_ders.t (id INT PRIMARY KEY)'],
      { signal, logged: true },
    )
    admin = await logIn(database, database.admin.user, database.admin.password)
  })

  afterAll(async () => {
    admin?.destroy()
    await database?.[Symbol.asyncDispose]()
    await rm(home, { recursive: true, force: true })
  })

  it('writes a durable row log with GTIDs and full metadata, in UTC and utf8mb4', async () => {
    const gtid = engine === 'mysql' ? '@@gtid_mode' : '@@gtid_strict_mode'
    const [row] = await rows(
      admin,
      `SELECT @@server_id AS id, @@log_bin AS log, @@binlog_format AS format, @@binlog_row_metadata AS metadata,
        @@binlog_row_image AS image, ${gtid} AS gtid, @@time_zone AS zone, @@character_set_server AS charset,
        @@event_scheduler AS events, @@sync_binlog AS sync, @@innodb_flush_log_at_trx_commit AS flush`,
    )
    expect(row).toEqual({
      id: 7,
      log: 1,
      format: 'ROW',
      metadata: 'FULL',
      image: 'FULL',
      gtid: engine === 'mysql' ? 'ON' : 1,
      zone: '+00:00',
      charset: 'utf8mb4',
      events: 'OFF',
      sync: 1,
      flush: 1,
    })
  })

  it('keeps temporary tables where no other starting server removes them', async () => {
    const [row] = await rows(admin, 'SELECT @@tmpdir AS directory')
    expect(row).toEqual({ directory: join(database.directory, 'tmp') })
  })

  it('lets root in through the socket only', async () => {
    const session = await database.root()
    expect((await rows(session, `SELECT user, host FROM mysql.user WHERE user IN ('root', '')`)).length).toBe(
      1,
    )
    session.destroy()
    const remote = createConnection({ host: database.host, port: database.port, user: 'root' })
    await expect(remote).rejects.toThrow(/denied|not allowed/i)
  })

  it('gives the kit account what a cutover needs', async () => {
    const app = randomPassword('app')
    for (const statement of createAccountStatements('app', app, [])) await admin.query(statement)
    await admin.query('GRANT SELECT, INSERT, UPDATE, DELETE ON `or\\_ders`.* TO app')
    const service = await logIn(database, 'app', app)
    await service.query('INSERT INTO or_ders.t VALUES (1)')
    const seen = await rows(admin, `SELECT id FROM information_schema.processlist WHERE user = 'app'`)
    expect(seen.map((row) => Number(Object.values(row)[0]))).toEqual([service.threadId])
    expect(await rows(admin, 'SELECT COUNT(*) AS n FROM information_schema.innodb_trx')).toHaveLength(1)
    await admin.query('XA RECOVER')
    await admin.query(`SELECT * FROM mysql.${engine === 'mysql' ? 'user' : 'global_priv'}`)
    const counters =
      engine === 'mysql'
        ? `SELECT COUNT_WRITE AS writes FROM performance_schema.table_io_waits_summary_by_table
           WHERE OBJECT_SCHEMA = 'or_ders'`
        : `SELECT ROWS_INSERTED AS writes FROM information_schema.user_statistics WHERE USER = 'app'`
    expect(Number((await rows(admin, counters))[0]?.['writes'])).toBe(1)
    await admin.query('SHOW GRANTS FOR app')
    await admin.query('REVOKE INSERT, UPDATE, DELETE ON `or\\_ders`.* FROM app')
    const ended = new Promise((resolve) => service.on('error', resolve))
    await admin.query(`KILL ${service.threadId}`)
    await ended
    await admin.query('SET GLOBAL read_only = 1')
    await admin.query('INSERT INTO or_ders.t VALUES (2)')
    await admin.query('SET GLOBAL read_only = 0')
    await admin.query(engine === 'mysql' ? 'SHOW REPLICA STATUS' : 'SHOW ALL REPLICAS STATUS')
    await admin.query(engine === 'mysql' ? 'STOP REPLICA' : 'STOP SLAVE')
    await admin.query('DROP USER app')
  })

  it('gives the kit account nothing in a schema that does not move, not even one that looks like it', async () => {
    await expect(admin.query('CREATE TABLE orxders.t (id INT)')).rejects.toThrow(/denied/)
    await expect(admin.query('SELECT * FROM orxders.t')).rejects.toThrow(/denied/)
    await expect(admin.query('GRANT SELECT ON orxders.* TO cutover_admin')).rejects.toThrow(/denied/)
  })

  it('keeps its data and port through a crash and an orderly stop', async () => {
    const { port, pid } = database
    const session = await database.root()
    session.on('error', () => undefined)
    await session.query('REPLACE INTO or_ders.t VALUES (77)')
    await database.kill()
    expect(database.pid).toBeUndefined()
    await database.start(signal)
    await database.stop()
    expect(await readFile(database.log, 'utf8')).toMatch(/shutdown complete/i)
    await database.start(signal)
    expect(database.port).toBe(port)
    expect(database.pid).not.toBe(pid)
    const again = await database.root()
    expect(await rows(again, 'SELECT id FROM or_ders.t WHERE id = 77')).toEqual([{ id: 77 }])
    again.destroy()
  })

  it('answers nobody while suspended and goes on afterwards', async () => {
    const session = await database.root()
    await database.suspend()
    const happened: string[] = []
    const answer = session.query('SELECT 1').then(() => happened.push('answered'))
    // A deadline of the driver for another question: asked later, and over before anything is answered.
    const other = await deadEnd(database)
    happened.push(other, 'resumed')
    database.resume()
    await answer
    expect(happened).toEqual(['ETIMEDOUT', 'resumed', 'answered'])
    session.destroy()
  })

  it('leaves no process and no directory behind', async () => {
    const other = await startDatabase({ engine, directory: join(home, 'two'), serverId: 8, signal })
    const pid = other.pid as number
    await other[Symbol.asyncDispose]()
    expect(isAlive(pid)).toBe(false)
    expect(existsSync(other.directory)).toBe(false)
  })

  it('leaves nothing behind when the start is called off', async () => {
    const cancel = new AbortController()
    const directory = join(home, 'three')
    const start = startDatabase({ engine, directory, serverId: 9, signal: cancel.signal })
    const settled = expect(start).rejects.toThrow('called off')
    await expect
      .poll(() => existsSync(join(directory, 'server.log')), { interval: 2, timeout: 60_000 })
      .toBe(true)
    cancel.abort(new Error('called off'))
    await settled
    expect(existsSync(directory)).toBe(false)
  })

  it('says what the server said when it does not come up', async () => {
    const start = startDatabase({
      engine,
      directory: join(home, 'four'),
      serverId: 9,
      extra: ['--no-such-option=1'],
      signal,
    })
    await expect(start).rejects.toMatchObject({
      code: 'system.unreachable',
      message: expect.stringContaining('no-such-option'),
    })
    expect(existsSync(join(home, 'four'))).toBe(false)
  })

  it('keeps passwords out of its log and of what it prints', async () => {
    const secret = database.admin.password.reveal()
    expect(await readFile(database.log, 'utf8')).not.toContain(secret)
    expect(JSON.stringify(database.admin)).not.toContain(secret)
  })
})
