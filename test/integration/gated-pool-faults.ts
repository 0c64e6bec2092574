import { setTimeout as sleep } from 'node:timers/promises'
import type { RowDataPacket } from 'mysql2/promise'
import { describe, expect, it } from 'vitest'
import type { TcpProxy } from '../../src/lab/proxy/start-tcp-proxy.ts'
import { startTcpProxy } from '../../src/lab/proxy/start-tcp-proxy.ts'
import { classify } from '../../src/service/classify.ts'
import type { GatedPool } from '../../src/service/pool/create-gated-pool.ts'
import type { GatedPoolLab, Thrown } from './gated-pool-lab.ts'
import { outcome, shut } from './gated-pool-lab.ts'

/** Lost connections, killed sessions, and a swap under load. */
export function faultSuite(engine: string, lab: () => GatedPoolLab): void {
  describe(`a connection that is lost on ${engine}`, () => {
    it('at COMMIT leaves the outcome unknown, and nothing runs twice', async () => {
      await using place = await throughProxy(lab())
      const { pool, proxy, gate } = place
      proxy.loseAnswerTo((bytes) => bytes.includes('COMMIT'))
      let runs = 0
      const lost = await outcome(
        pool.transaction(async (one) => {
          runs += 1
          await one.query('INSERT INTO items (id) VALUES (70)')
        }),
      )
      expect(classOf(lost)).toBe('unknown')
      expect(runs).toBe(1)
      expect(await lab().root('SELECT id FROM one.items WHERE id = 70')).toHaveLength(1)
      expect(gate.counts().running).toBe(0)
    })

    it('at COMMIT is settled by asking, once it is known where', async () => {
      await using place = await throughProxy(lab())
      const { pool, proxy } = place
      proxy.loseAnswerTo((bytes) => bytes.includes('COMMIT'))
      const done = await pool.transaction(
        async (one) => {
          await one.query('INSERT INTO items (id) VALUES (71)')
          return 'written'
        },
        { settle: (one) => isThere(one, 71) },
      )
      expect(done).toBe('written')
      // Lost on its way to the server, so that nothing was committed.
      let runs = 0
      const again = await pool.transaction(
        async (one) => {
          runs += 1
          await one.query('INSERT INTO items (id) VALUES (72)')
          if (runs === 1) await proxy.setMode('swallow')
          if (runs === 1) setTimeout(() => void proxy.setMode('forward'), 100)
          return runs
        },
        { settle: (one) => isThere(one, 72) },
      )
      expect(again).toBe(2)
      expect(await lab().root('SELECT id FROM one.items WHERE id IN (71, 72)')).toHaveLength(2)
    })

    it('under an autocommit write leaves its outcome unknown; under a transaction nothing is left', async () => {
      await using place = await throughProxy(lab())
      const { pool, proxy, gate } = place
      proxy.loseAnswerTo((bytes) => bytes.includes('INSERT'))
      expect(classOf(await outcome(pool.query('INSERT INTO items (id) VALUES (73)')))).toBe('unknown')
      const one = await pool.getConnection()
      await one.beginTransaction()
      proxy.loseAnswerTo((bytes) => bytes.includes('INSERT'))
      expect(classOf(await outcome(one.query('INSERT INTO items (id) VALUES (74)')))).toBe(
        'rejected-and-rolled-back',
      )
      expect(classOf(await outcome(one.query('INSERT INTO items (id) VALUES (75)')))).toMatch(/^rejected/)
      expect(gate.counts().running).toBe(0)
      one.release()
      await expect.poll(() => lab().root('SELECT id FROM one.items WHERE id >= 73')).toHaveLength(1)
    })

    it('while commands were sent without waiting is dangerous for all of them', async () => {
      await using place = await throughProxy(lab())
      const { pool, proxy } = place
      const one = await pool.getConnection()
      await one.beginTransaction()
      await one.query('INSERT INTO items (id) VALUES (76)')
      proxy.loseAnswerTo((bytes) => bytes.includes('COMMIT'))
      const [commit] = await Promise.all([outcome(one.commit()), outcome(one.query('SELECT 1'))])
      expect(classOf(commit)).toBe('unknown')
      one.release()
    })

    it('under a read is not noticed', async () => {
      await using place = await throughProxy(lab())
      const { pool, proxy } = place
      proxy.loseAnswerTo((bytes) => bytes.includes('SELECT 7'))
      expect((await pool.query<RowDataPacket[]>('SELECT 7 AS a'))[0]).toEqual([{ a: 7 }])
      proxy.loseAnswerTo((bytes) => bytes.includes('SELECT ? AS b'))
      expect((await pool.execute<RowDataPacket[]>('SELECT ? AS b', ['x']))[0]).toEqual([{ b: 'x' }])
      const one = await pool.getConnection()
      proxy.loseAnswerTo((bytes) => bytes.includes('START TRANSACTION'))
      await one.beginTransaction()
      await one.rollback()
      one.release()
      expect(proxy.lost).toBe(3)
    })

    it('by the time-out of the driver is not used again, and a write is unknown', async () => {
      await using facade = await lab().facade()
      const { pool, gate } = facade
      const late = await outcome(
        pool.query({ sql: 'INSERT INTO items (id) SELECT 77 + SLEEP(0.4)', timeout: 50 }),
      )
      expect(classOf(late)).toBe('unknown')
      expect(gate.counts().running).toBe(0)
      expect(pool.current.source.open).toBe(0)
    })

    it('ends a stream with an error', async () => {
      await using place = await throughProxy(lab())
      const { pool, proxy } = place
      proxy.loseAnswerTo((bytes) => bytes.includes('SELECT 8'))
      const stream = pool.pool.query('SELECT 8').stream()
      const failed = await outcome(stream.toArray())
      expect('error' in failed && failed.error.code).toBe('PROTOCOL_CONNECTION_LOST')
      expect(pool.current.source.out).toBe(0)
    })
  })

  describe(`sessions that are killed on ${engine}`, () => {
    it('fail no read, of the pool or of a lease', async () => {
      await using facade = await lab().facade()
      const { pool } = facade
      const over = new AbortController()
      let reads = 0
      const reader = async (): Promise<void> => {
        while (!over.signal.aborted) {
          await pool.query('SELECT * FROM items')
          const one = await pool.getConnection()
          await one.execute('SELECT * FROM items WHERE id = ?', [1])
          await one.query('SELECT SLEEP(0.001)')
          one.release()
          reads += 3
        }
      }
      const readers = Array.from({ length: 4 }, reader)
      for (let round = 0; round < 8; round += 1) {
        await sleep(20)
        await lab().killAll()
      }
      over.abort()
      await Promise.all(readers)
      expect(reads).toBeGreaterThan(20)
      expect(pool.current.source.out).toBe(0)
    })

    it('end an open transaction with an error, not with statements that run by themselves', async () => {
      await using facade = await lab().facade()
      const { pool, gate } = facade
      const one = await pool.getConnection()
      await one.beginTransaction()
      await one.query('INSERT INTO items (id) VALUES (80)')
      await lab().killAll()
      await expect.poll(() => gate.counts().running).toBe(0)
      expect('error' in (await outcome(one.query('INSERT INTO items (id) VALUES (81)')))).toBe(true)
      expect('error' in (await outcome(one.commit()))).toBe(true)
      one.release()
      expect(await lab().root('SELECT id FROM one.items WHERE id >= 80')).toEqual([])
    })
  })

  describe(`transaction() on ${engine}`, () => {
    it('runs again what a deadlock or a fence refused, and not what is a bug', async () => {
      await using facade = await lab().facade()
      const { pool } = facade
      await lab().root("INSERT INTO one.items (id, name) VALUES (90, 'x'), (91, 'x')")
      const cross = (first: number, second: number): Promise<void> =>
        pool.transaction(async (one) => {
          await one.query('UPDATE items SET name = CONCAT(name, ?) WHERE id = ?', ['+', first])
          await sleep(30)
          await one.query('UPDATE items SET name = CONCAT(name, ?) WHERE id = ?', ['+', second])
        })
      await Promise.all([cross(90, 91), cross(91, 90)])
      expect(await lab().root('SELECT name FROM one.items WHERE id >= 90')).toEqual([
        { name: 'x++' },
        { name: 'x++' },
      ])
      await lab().root('SET GLOBAL read_only = 1')
      const fenced = pool.transaction((one) => one.query('INSERT INTO items (id) VALUES (92)'), {
        attempts: 200,
      })
      await sleep(50)
      await lab().root('SET GLOBAL read_only = 0')
      await fenced
      let runs = 0
      const bug = await outcome(
        pool.transaction((one) => ((runs += 1), one.query('INSERT INTO items (id) VALUES (92)'))),
      )
      expect('error' in bug && bug.error.errno).toBe(1062)
      expect(runs).toBe(1)
    })
  })

  describe(`a swap under load on ${engine}`, () => {
    it('loses and doubles nothing, and fails nobody', async () => {
      await using facade = await lab().facade({}, { connectionLimit: 8 })
      const { pool, gate } = facade
      const load = startLoad(pool)
      for (let round = 0; round < 6; round += 1) {
        await sleep(150)
        shut(gate, round + 1)
        pool.closeWriters({ readers: 2 })
        await gate.whenDrained(AbortSignal.timeout(3000))
        await sleep(10)
        pool.swapTo(lab().generation(round % 2 === 0 ? 'two' : 'one', { connectionLimit: 8 }), {
          graceMs: 1000,
        })
        gate.release()
      }
      await sleep(150)
      const { acknowledged, failures, reads } = await load.stop()
      expect(failures).toEqual([])
      expect(reads).toBeGreaterThan(20)
      expect(acknowledged.length).toBeGreaterThan(60)
      const written = await lab().root(
        'SELECT owner FROM one.numbered UNION ALL SELECT owner FROM two.numbered',
      )
      expect(written.map(({ owner }) => Number(owner)).toSorted((a, b) => a - b)).toEqual(
        acknowledged.toSorted((a, b) => a - b),
      )
      expect([gate.counts().running, pool.current.source.out]).toEqual([0, 0])
      await expect.poll(async () => (await lab().sessions()).filter(({ db }) => db === 'two')).toEqual([])
    })
  })
}

interface ProxiedFacade extends AsyncDisposable {
  readonly pool: GatedPool
  readonly proxy: TcpProxy
  readonly gate: { counts(): { readonly running: number } }
}

async function throughProxy(lab: GatedPoolLab): Promise<ProxiedFacade> {
  const proxy = await startTcpProxy({ to: { host: '127.0.0.1', port: lab.running.port } })
  const facade = await lab.facade({ generation: lab.generation('one', {}, proxy.port) })
  return {
    ...facade,
    proxy,
    async [Symbol.asyncDispose]() {
      await facade[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
    },
  }
}

function classOf(answer: { value: unknown } | { error: Error & Thrown }): string {
  return 'error' in answer ? classify(answer.error).class : 'it was accepted'
}

async function isThere(one: Pick<GatedPool, 'query'>, id: number): Promise<'done' | 'not-done'> {
  const [found] = await one.query<RowDataPacket[]>('SELECT id FROM items WHERE id = ? FOR UPDATE', [id])
  return found.length > 0 ? 'done' : 'not-done'
}

/** Writers of four kinds and readers, each going on as soon as it is answered. */
function startLoad(pool: GatedPool): { stop(): Promise<LoadResult> } {
  const acknowledged: number[] = []
  const failures: string[] = []
  let reads = 0
  let next = 0
  const over = new AbortController()
  const insert = 'INSERT INTO numbered (owner) VALUES (?)'
  const writers: readonly ((owner: number) => Promise<unknown>)[] = [
    (owner) => pool.query(insert, [owner]),
    (owner) => pool.execute(insert, [owner]),
    (owner) =>
      pool.transaction(async (one) => {
        await one.query('SELECT COUNT(*) FROM items')
        await one.execute(insert, [owner])
      }),
    async (owner) => {
      const one = await pool.getConnection()
      try {
        await one.query('SELECT 1')
        await one.beginTransaction()
        await one.query(insert, [owner])
        await one.commit()
      } finally {
        one.release()
      }
    },
    (owner) =>
      new Promise((resolve, reject) => {
        pool.pool.query(insert, [owner], (error, result) => (error ? reject(error) : resolve(result)))
      }),
  ]
  const run = async (work: () => Promise<unknown>): Promise<void> => {
    while (!over.signal.aborted) {
      await work().catch((error: Error) => failures.push(error.message))
      await sleep(1)
    }
  }
  const write = (kind: (owner: number) => Promise<unknown>) => async (): Promise<void> => {
    next += 1
    const owner = next
    await kind(owner)
    acknowledged.push(owner)
  }
  const read = async (): Promise<void> => {
    await pool.query('SELECT * FROM items')
    reads += 1
  }
  const loops = [...writers.map((kind) => run(write(kind))), run(read), run(read)]
  return {
    async stop() {
      over.abort()
      await Promise.all(loops)
      return { acknowledged, failures, reads }
    },
  }
}

interface LoadResult {
  readonly acknowledged: readonly number[]
  readonly failures: readonly string[]
  readonly reads: number
}
