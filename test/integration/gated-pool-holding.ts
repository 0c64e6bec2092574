import { EventEmitter, once } from 'node:events'
import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import { describe, expect, it } from 'vitest'
import { classify } from '../../src/service/classify.ts'
import { isGateError } from '../../src/service/gate/gate-error.ts'
import type { GatedPoolLab } from './gated-pool-lab.ts'
import { outcome, shut } from './gated-pool-lab.ts'

type Rows = RowDataPacket[]

/** Units, held writes, and the swap. */
export function holdingSuite(engine: string, lab: () => GatedPoolLab): void {
  describe(`units of work on ${engine}`, () => {
    it('are entered by a write, by BEGIN, and by nothing that only reads', async () => {
      await using facade = await lab().facade()
      const { pool, gate } = facade
      await pool.query('SELECT 1')
      const one = await pool.getConnection()
      await one.query('START TRANSACTION READ ONLY')
      await one.query('SELECT * FROM items')
      expect(gate.counts().running).toBe(0)
      await one.query('COMMIT')
      await one.beginTransaction()
      expect(gate.counts().running).toBe(1)
      await one.query('SAVEPOINT a')
      await one.query('ROLLBACK TO SAVEPOINT a')
      expect(gate.counts().running).toBe(1)
      await one.rollback()
      expect(gate.counts().running).toBe(0)
      await one.query('BEGIN')
      await one.query('CREATE TABLE IF NOT EXISTS brief (id INT)')
      expect(gate.counts().running).toBe(0)
      await one.query('DROP TABLE brief')
      one.release()
    })

    it('with autocommit off last from the first statement to COMMIT', async () => {
      await using facade = await lab().facade()
      const { pool, gate } = facade
      const one = await pool.getConnection()
      await one.query('SET autocommit = 0')
      expect(gate.counts().running).toBe(0)
      await one.query('SELECT * FROM items')
      expect(gate.counts().running).toBe(1)
      await one.query('INSERT INTO items (id) VALUES (10)')
      await one.commit()
      expect(gate.counts().running).toBe(0)
      await one.query('INSERT INTO items (id) VALUES (11)')
      expect(gate.counts().running).toBe(1)
      one.release()
      await expect.poll(() => gate.counts().running).toBe(0)
      expect((await pool.query<Rows>('SELECT @@autocommit AS committed'))[0]).toEqual([{ committed: 1 }])
      expect(await lab().root('SELECT id FROM one.items WHERE id IN (10, 11)')).toHaveLength(1)
    })

    it('that a lease leaves open are rolled back before anybody else has the session', async () => {
      await using facade = await lab().facade({}, { connectionLimit: 1 })
      const { pool, gate } = facade
      const one = await pool.getConnection()
      await one.beginTransaction()
      await one.query('INSERT INTO items (id) VALUES (20)')
      const id = one.threadId
      one.release()
      const two = await pool.getConnection()
      expect((await two.query<Rows>('SELECT id FROM items WHERE id = 20'))[0]).toEqual([])
      expect(two.threadId).toBe(id)
      expect(gate.counts().running).toBe(0)
      await two.query('INSERT INTO items (id) VALUES (21)')
      two.release()
      expect(await lab().root('SELECT id FROM one.items WHERE id = 21')).toHaveLength(1)
    })

    it('of statements that are sent without waiting are one transaction', async () => {
      await using facade = await lab().facade()
      const { pool, gate } = facade
      const one = await pool.getConnection()
      const sent = [
        'BEGIN',
        'INSERT INTO items (id) VALUES (22)',
        'INSERT INTO items (id) VALUES (23)',
        'COMMIT',
      ]
      await Promise.all(sent.map((text) => one.query(text)))
      one.release()
      expect(gate.counts().running).toBe(0)
      expect(await lab().root('SELECT id FROM one.items WHERE id IN (22, 23)')).toHaveLength(2)
    })
  })

  describe(`a closed gate on ${engine}`, () => {
    it('holds writes and BEGIN before anything is sent, and lets reads pass', async () => {
      await using facade = await lab().facade()
      const { pool, gate } = facade
      shut(gate)
      const held = [
        pool.query('INSERT INTO items (id) VALUES (30)'),
        pool.execute('INSERT INTO items (id) VALUES (?)', [31]),
      ]
      const one = await pool.getConnection()
      const begun = one.beginTransaction()
      expect(gate.counts().held).toBe(3)
      expect((await pool.query<Rows>('SELECT COUNT(*) AS n FROM items'))[0]).toEqual([{ n: 2 }])
      expect((await pool.execute<Rows>('SELECT COUNT(*) AS n FROM items'))[0]).toEqual([{ n: 2 }])
      expect(one.threadId).toBeUndefined()
      expect(gate.state).toBe('closed')
      gate.abort()
      await Promise.all([...held, begun])
      await one.rollback()
      one.release()
      expect(await lab().root('SELECT id FROM one.items WHERE id >= 30')).toHaveLength(2)
    })

    it('lets a transaction that had begun go on, and is closed when it has ended', async () => {
      await using facade = await lab().facade()
      const { pool, gate } = facade
      const one = await pool.getConnection()
      await one.beginTransaction()
      await one.query('INSERT INTO items (id) VALUES (32)')
      shut(gate)
      expect(gate.state).toBe('closing')
      await one.query('INSERT INTO items (id) VALUES (33)')
      await one.commit()
      expect(gate.state).toBe('closed')
      const next = one.beginTransaction()
      expect(gate.counts().held).toBe(1)
      gate.abort()
      await next
      await one.rollback()
      one.release()
    })

    it('gives back an emitter at once for a call that it holds', async () => {
      await using facade = await lab().facade()
      const { pool, gate } = facade
      shut(gate)
      const results: unknown[] = []
      const command = pool.pool.query('INSERT INTO items (id) VALUES (34)', (error, result) =>
        results.push(error, result),
      )
      expect(command).toBeInstanceOf(EventEmitter)
      command.setMaxListeners(100)
      const lease = await new Promise<{ execute: (sql: string) => EventEmitter; release(): void }>(
        (resolve, reject) => {
          pool.pool.getConnection((error, one) => (error ? reject(error) : resolve(one)))
        },
      )
      const executed = lease.execute('INSERT INTO items (id) VALUES (35)')
      executed.setMaxListeners(100)
      expect(gate.counts().held).toBe(2)
      gate.abort()
      await once(executed, 'end')
      lease.release()
      await expect.poll(() => results).toMatchObject([null, { affectedRows: 1 }])
    })

    it('streams what it held when it opens', async () => {
      await using facade = await lab().facade()
      shut(facade.gate)
      const stream = facade.pool.pool.query('SELECT id FROM items ORDER BY id FOR UPDATE').stream()
      expect(facade.gate.counts().held).toBe(1)
      facade.gate.abort()
      const ids = []
      for await (const row of stream) ids.push((row as { id: number }).id)
      expect(ids).toEqual([1, 2])
      await expect.poll(() => facade.gate.counts().running).toBe(0)
    })

    it('answers what it held too long with its own error, and nothing reaches the server', async () => {
      await using facade = await lab().facade()
      const { pool, gate } = facade
      shut(gate, 1, 50)
      const one = await pool.getConnection()
      // Sent without waiting: what follows BEGIN must not run by itself.
      const work = ['BEGIN', 'INSERT INTO items (id) VALUES (36)', 'COMMIT'].map((text) =>
        outcome(one.query(text)),
      )
      for (const each of await Promise.all(work)) {
        expect('error' in each && isGateError(each.error) && each.error.reason).toBe('expired')
      }
      one.release()
      gate.abort()
      expect(await lab().root('SELECT id FROM one.items WHERE id = 36')).toEqual([])
      expect(pool.current.source.out).toBe(0)
    })

    it('ends a transaction early, and says that nothing was committed', async () => {
      await using facade = await lab().facade()
      const { pool, gate } = facade
      const one = await pool.getConnection()
      await one.beginTransaction()
      await one.query('INSERT INTO items (id) VALUES (37)')
      const slow = outcome(one.query('SELECT SLEEP(0.7)'))
      shut(gate)
      const reason = Object.assign(new Error('took too long'), { isTest: true })
      for (const unit of gate.running()) unit.end?.(reason)
      expect(await slow).toEqual({ error: reason })
      expect(await outcome(one.commit())).toEqual({ error: reason })
      one.release()
      expect(gate.state).toBe('closed')
      gate.abort()
      expect(await lab().root('SELECT id FROM one.items WHERE id = 37')).toEqual([])
    })
  })

  describe(`a swap on ${engine}`, () => {
    it('takes held writes to the next datasource, and clean leases with them', async () => {
      await using facade = await lab().facade()
      const { pool, gate } = facade
      const one = await pool.getConnection()
      await one.query('SELECT 1')
      shut(gate)
      const held = [
        pool.query('INSERT INTO items (id) VALUES (40)'),
        one.execute('INSERT INTO items (id) VALUES (?)', [41]),
        one.prepare('INSERT INTO items (id) VALUES (?)').then((made) => made.execute([42])),
      ]
      await expect.poll(() => gate.counts().held).toBe(2)
      pool.swapTo(lab().generation('two'), { graceMs: 1000 })
      gate.release()
      await Promise.all(held)
      one.release()
      expect(await lab().root('SELECT id FROM one.items WHERE id >= 40')).toEqual([])
      expect(await lab().root('SELECT id FROM two.items WHERE id >= 40')).toHaveLength(3)
      await expect.poll(async () => (await lab().sessions()).filter(({ db }) => db === 'one')).toEqual([])
    })

    it('answers a lease that asks for the key it has just made, and then takes it along', async () => {
      await using facade = await lab().facade()
      const { pool } = facade
      const lease = await pool.getConnection()
      const [{ insertId }] = await lease.query<ResultSetHeader>('INSERT INTO numbered (owner) VALUES (7)')
      pool.swapTo(lab().generation('two'), { graceMs: 1000 })
      const [asked] = await lease.query<RowDataPacket[]>('SELECT LAST_INSERT_ID() AS id')
      expect(asked[0]?.['id']).toBe(insertId)
      const [next] = await lease.query<RowDataPacket[]>('SELECT DATABASE() AS name')
      expect(next[0]?.['name']).toBe('two')
      lease.release()
    })

    it('repeats the settings of a lease, and refuses one that has more than settings', async () => {
      await using facade = await lab().facade()
      const { pool, gate } = facade
      const one = await pool.getConnection()
      await one.query("SET time_zone = '+03:00', @kept = 'yes'")
      const two = await pool.getConnection()
      await two.query("SELECT GET_LOCK('cutover', 0)")
      shut(gate)
      await one.query('SET TRANSACTION ISOLATION LEVEL READ COMMITTED')
      const begun = one.beginTransaction()
      const locked = outcome(two.query('INSERT INTO items (id) VALUES (43)'))
      pool.swapTo(lab().generation('two'), { graceMs: 5000 })
      gate.release()
      await begun
      const [found] = await one.query<Rows>('SELECT @@time_zone AS zone, @kept AS kept, DATABASE() AS db')
      expect(found).toEqual([{ zone: '+03:00', kept: 'yes', db: 'two' }])
      await one.rollback()
      one.release()
      const refused = await locked
      expect('error' in refused && isGateError(refused.error)).toBe(true)
      two.release()
      expect(await lab().root('SELECT id FROM two.items WHERE id = 43')).toEqual([])
      await expect.poll(async () => (await lab().sessions()).filter(({ db }) => db === 'one')).toEqual([])
    })

    it('takes the connections of libraries with pools of their own with it', async () => {
      await using facade = await lab().facade()
      const { pool, gate } = facade
      const one = pool.createConnection()
      await once(one, 'connect')
      const ask = (sql: string): Promise<unknown> =>
        new Promise((resolve, reject) => {
          one.query(sql, (error, result) => (error ? reject(error) : resolve(result)))
        })
      await ask("SET time_zone = '+05:00'")
      shut(gate)
      // Nothing runs on it, so a fence need not end it.
      pool.closeWriters({ readers: 1 })
      const held = ask('INSERT INTO items (id) VALUES (47)')
      pool.swapTo(lab().generation('two'), { graceMs: 1000 })
      gate.release()
      await held
      expect(await ask('SELECT @@time_zone AS zone, DATABASE() AS db')).toEqual([
        { zone: '+05:00', db: 'two' },
      ])
      one.end()
      expect(pool.current.source.out).toBe(0)
    })

    it('lets a read-only transaction end where it began, and destroys what stays longer than it may', async () => {
      await using facade = await lab().facade()
      const { pool } = facade
      const old = pool.current.source
      const one = await pool.getConnection()
      await one.query('START TRANSACTION READ ONLY')
      await one.query('SELECT 1')
      const slow = await pool.getConnection()
      await slow.query('START TRANSACTION READ ONLY')
      const cut = outcome(slow.query('SELECT SLEEP(0.7)'))
      pool.swapTo(lab().generation('two'), { graceMs: 300 })
      expect((await one.query<Rows>('SELECT DATABASE() AS db'))[0]).toEqual([{ db: 'one' }])
      await one.commit()
      expect((await one.query<Rows>('SELECT DATABASE() AS db'))[0]).toEqual([{ db: 'two' }])
      one.release()
      const ended = await cut
      expect('error' in ended && ended.error.code).toBe('PROTOCOL_CONNECTION_LOST')
      slow.release()
      expect([old.open, old.out]).toEqual([0, 0])
    })

    it('tells sessions that were opened before it of rights given since, and shows them to listeners', async () => {
      const { root, generation } = lab()
      await root("CREATE USER IF NOT EXISTS late@'127.0.0.1' IDENTIFIED BY 'Pass-word.1'")
      await root("GRANT SELECT ON two.* TO late@'127.0.0.1'")
      await using facade = await lab().facade()
      const { pool, gate } = facade
      const seen: unknown[] = []
      pool.pool.on('connection', (one) => seen.push(one.threadId))
      const next = generation('two', { user: 'late' } as never)
      await next.pool.promise().query('SELECT 1')
      await root("GRANT INSERT ON two.* TO late@'127.0.0.1'")
      shut(gate)
      const held = pool.query('INSERT INTO items (id) VALUES (44)')
      pool.swapTo(next, { graceMs: 1000 })
      gate.release()
      await held
      expect(seen).toHaveLength(1)
      expect(next.source.open).toBe(1)
    })

    it('leaves few sessions for a fence to end', async () => {
      await using facade = await lab().facade()
      const { pool, gate } = facade
      await Promise.all(Array.from({ length: 6 }, () => pool.query('SELECT SLEEP(0.05)')))
      await expect.poll(async () => (await lab().sessions()).length).toBe(6)
      shut(gate)
      pool.closeWriters({ readers: 2 })
      await expect.poll(async () => (await lab().sessions()).length).toBe(2)
      await Promise.all(Array.from({ length: 8 }, () => pool.query('SELECT SLEEP(0.01)')))
      expect(pool.current.source.open).toBe(2)
      gate.abort()
      await Promise.all(
        Array.from({ length: 6 }, () => pool.query('UPDATE items SET name = SLEEP(0.05) WHERE id = 1')),
      )
      expect(pool.current.source.open).toBeGreaterThan(2)
    })
  })

  describe(`the bounds of the facade on ${engine}`, () => {
    it('are how long and how many may wait for a connection', async () => {
      await using facade = await lab().facade({}, { connectionLimit: 1, queueLimit: 1, acquireTimeoutMs: 60 })
      const { pool } = facade
      const one = await pool.getConnection()
      await one.query('SELECT 1')
      const waits = outcome(pool.query('INSERT INTO items (id) VALUES (45)'))
      const full = await outcome(pool.query('SELECT 1'))
      expect('error' in full && full.error.message).toBe('Queue limit reached.')
      const late = await waits
      if (!('error' in late)) throw new Error('it was not refused')
      expect(late.error.name).toBe('ConnectionAcquireTimeoutError')
      expect(classify(late.error)).toMatchObject({ class: 'capacity' })
      expect(facade.gate.counts().running).toBe(0)
      one.release()
    })

    it('let an ended facade finish what is open, and take nothing new', async () => {
      const facade = await lab().facade()
      const { pool } = facade
      const one = await pool.getConnection()
      await one.beginTransaction()
      await one.query('INSERT INTO items (id) VALUES (46)')
      const ended = pool.end()
      const refused = await outcome(pool.query('SELECT 1'))
      expect('error' in refused && refused.error.message).toBe('Pool is closed.')
      await one.commit()
      one.release()
      await ended
      expect(await lab().root('SELECT id FROM one.items WHERE id = 46')).toHaveLength(1)
      await expect.poll(() => lab().sessions()).toEqual([])
    })
  })
}
