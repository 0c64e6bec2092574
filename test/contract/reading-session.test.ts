import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openReadingSession, type ReadingSession } from '../../src/databases/open-reading-session.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { openRowComparer } from '../../src/verify/open-row-comparer.ts'
import { never, openDatabaseLab, type DatabaseLab } from './database-server-lab.ts'

// By themselves the servers notice after one to five seconds that a waiting statement's client has left.
const soon = { timeout: 700 }

const engines: readonly ServerEngine[] = ['mariadb', 'mysql']

describe.each(engines)('the session that reads rows on %s', (engine) => {
  let lab: DatabaseLab

  beforeAll(async () => {
    lab = await openDatabaseLab(engine)
    await lab.root('CREATE DATABASE orders', 'CREATE TABLE orders.t (id INT PRIMARY KEY, v VARCHAR(40))')
    await lab.root(`INSERT INTO orders.t VALUES (1, 'a'), (2, 'b')`)
  })
  afterAll(async () => lab?.[Symbol.asyncDispose]())

  function open(): Promise<ReadingSession> {
    const secrets = { resolve: async () => lab.running.admin.password }
    return openReadingSession('source', lab.spec, secrets, never)
  }

  /** Statements of the kit that begin like this and run on the server now. */
  async function running(text: string): Promise<number> {
    const rows = await lab.root(
      `SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE '${text}%' AND ID <> CONNECTION_ID()`,
    )
    return rows.length
  }

  test('ends an aborted statement on the server too', async () => {
    await using session = await open()
    const stop = new AbortController()
    const work = session.query('SELECT SLEEP(60)', [], stop.signal)
    const settled = expect(work).rejects.toThrow('stopped by the test')
    await expect.poll(() => running('SELECT SLEEP')).toBe(1)
    stop.abort(new Error('stopped by the test'))
    await settled
    await expect.poll(() => running('SELECT SLEEP'), soon).toBe(0)
  })

  test('ends a statement that still runs when it is closed', async () => {
    const session = await open()
    const work = session.query('SELECT SLEEP(61)', [], never).catch(() => undefined)
    await expect.poll(() => running('SELECT SLEEP')).toBe(1)
    await session[Symbol.asyncDispose]()
    await expect.poll(() => running('SELECT SLEEP'), soon).toBe(0)
    await work
  })

  test('is not held up by a server that hangs', async () => {
    await using session = await open()
    await lab.running.suspend()
    try {
      const began = performance.now()
      const work = session.query('SELECT 1', [], AbortSignal.timeout(200))
      await expect(work).rejects.toMatchObject({ name: 'TimeoutError' })
      expect(performance.now() - began).toBeLessThan(5000)
    } finally {
      lab.running.resume()
    }
  })

  test('a comparison that is stopped leaves no statement behind', async () => {
    // Its rows wait for this lock, as a scan of a large table would take its time.
    const holder = await lab.running.root()
    await holder.query('LOCK TABLES orders.t WRITE')
    const stop = new AbortController()
    const comparer = openRowComparer(open)
    const work = comparer.compare(
      { source: 'source', target: 'source', tables: [{ schema: 'orders' }] },
      stop.signal,
    )
    const settled = expect(work).rejects.toThrow('stopped by the test')
    try {
      await expect.poll(() => running('SELECT % FROM `orders`')).toBeGreaterThan(0)
      stop.abort(new Error('stopped by the test'))
      await settled
      await expect.poll(() => running('SELECT % FROM `orders`'), soon).toBe(0)
    } finally {
      holder.destroy()
    }
  })
})
