import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/core/system-clock.ts'
import { openServerSession, type ServerSession } from '../../src/databases/server-session.ts'
import { never, openDatabaseLab, type DatabaseLab } from './database-server-lab.ts'

const doing = 'try something'

describe("the kit's session on a server", () => {
  let lab: DatabaseLab
  let session: ServerSession

  beforeAll(async () => {
    lab = await openDatabaseLab('mariadb')
    const secrets = { resolve: async () => lab.running.admin.password }
    session = await openServerSession('source', lab.spec, secrets, systemClock, never)
    await lab.root(
      'CREATE DATABASE orders',
      'CREATE TABLE orders.t (id INT PRIMARY KEY AUTO_INCREMENT, n INT)',
    )
  })
  afterAll(async () => {
    await session?.[Symbol.asyncDispose]()
    await lab?.[Symbol.asyncDispose]()
  })
  beforeEach(() => lab.root('TRUNCATE TABLE orders.t'))

  async function kill(): Promise<void> {
    await lab.root(`KILL ${session.connection.sessionId()}`)
  }

  async function running(text: string): Promise<number> {
    const rows = await lab.root(`SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE '${text}%'`)
    return rows.length
  }

  test('an aborted statement stops on the server too, and the next one works', async () => {
    const work = session.connection.read({ doing, sql: 'SELECT SLEEP(60)' }, AbortSignal.timeout(200))
    await expect(work).rejects.toMatchObject({ name: 'TimeoutError' })
    await expect.poll(() => running('SELECT SLEEP')).toBe(0)
    expect(await session.connection.read({ doing, sql: 'SELECT 7 AS n' }, never)).toEqual([{ n: 7 }])
  })

  test('a statement that waits for its turn leaves the queue with its signal', async () => {
    const first = session.connection.read({ doing, sql: 'SELECT SLEEP(0.6) AS slept' }, never)
    const second = session.connection.read({ doing, sql: 'SELECT 1' }, AbortSignal.timeout(100))
    await expect(second).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(await first).toEqual([{ slept: 0 }])
  })

  test('a session lost while idle is replaced without a word', async () => {
    await kill()
    expect(await session.connection.read({ doing, sql: 'SELECT 7 AS n' }, never)).toEqual([{ n: 7 }])
  })

  test('a change whose session is lost on the way is not sent again', async () => {
    const sql = 'INSERT INTO orders.t (n) SELECT SLEEP(30)'
    const work = session.connection.change({ doing, sql }, never)
    const settled = expect(work).rejects.toMatchObject({
      code: 'system.ambiguous',
      message: expect.not.stringContaining('INSERT'),
    })
    await expect.poll(() => running('INSERT INTO orders.t')).toBe(1)
    await kill()
    await settled
    await expect.poll(() => running('INSERT INTO orders.t')).toBe(0)
    expect(await lab.root('SELECT * FROM orders.t')).toEqual([])
  })

  test('a server that hangs holds nobody up, and one that restarts is found again', async () => {
    await lab.running.suspend()
    try {
      const work = session.connection.read({ doing, sql: 'SELECT 1' }, AbortSignal.timeout(300))
      await expect(work).rejects.toMatchObject({ name: 'TimeoutError' })
    } finally {
      lab.running.resume()
    }
    await lab.running.kill()
    await expect(session.connection.read({ doing, sql: 'SELECT 1' }, never)).rejects.toMatchObject({
      code: 'system.unreachable',
      where: `${lab.running.host}:${lab.running.port}`,
    })
    await lab.running.start()
    expect(await session.connection.read({ doing, sql: 'SELECT 7 AS n' }, never)).toEqual([{ n: 7 }])
  })
})
