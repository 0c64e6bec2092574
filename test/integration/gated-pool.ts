import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RowDataPacket } from 'mysql2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import type { RunningDatabase } from '../../src/lab/servers/running-database.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { startDatabase } from '../../src/lab/servers/start-database.ts'
import { createGatedPool } from '../../src/service/pool/create-gated-pool.ts'
import { openGeneration } from '../../src/service/pool/open-generation.ts'
import { createWriteGate } from '../../src/service/gate/create-write-gate.ts'
import { describeTestText } from '../fakes/fake-traits.ts'

export function gatedPoolSuite(engine: ServerEngine): void {
  describe(`smoke on ${engine}`, () => {
    let running: RunningDatabase
    beforeAll(async () => {
      const directory = await mkdtemp(join(tmpdir(), 'cutover-pool-'))
      running = await startDatabase({ engine, directory, serverId: 3 })
      const root = await running.root()
      await root.query("create user svc@'127.0.0.1' identified by 'p'")
      for (const s of ['one', 'two']) {
        await root.query(`create database ${s}`)
        await root.query(`create table ${s}.t (id int primary key, v varchar(20))`)
        await root.query(`grant all on ${s}.* to svc@'127.0.0.1'`)
      }
      await root.end()
    })
    afterAll(async () => running[Symbol.asyncDispose]())
    const address = (schema: string) => ({
      host: '127.0.0.1',
      port: running.port,
      schema,
      user: 'svc',
      password: new Secret('p', 'p'),
    })

    it('works', async () => {
      const gate = createWriteGate()
      const pool = createGatedPool({
        generation: openGeneration(address('one')),
        gate,
        describe: describeTestText,
      })
      const [rows] = await pool.query<RowDataPacket[]>('select 1 as a')
      expect(rows).toEqual([{ a: 1 }])
      await pool.execute('insert into t values (?, ?)', [1, 'x'])
      expect(gate.counts().running).toBe(0)
      const c = await pool.getConnection()
      await c.beginTransaction()
      await c.query('insert into t values (2, ?)', ['y'])
      expect(gate.counts().running).toBe(1)
      await c.commit()
      expect(gate.counts().running).toBe(0)
      c.release()
      gate.close({ epoch: 1, limitMs: 5000 })
      const held = pool.query('insert into t values (3, ?)', ['z'])
      const [r] = await pool.query<RowDataPacket[]>('select count(*) as n from t')
      expect(r).toEqual([{ n: 2 }])
      const next = openGeneration(address('two'))
      pool.swapTo(next, { graceMs: 1000 })
      gate.release()
      await held
      const [r2] = await pool.query<RowDataPacket[]>('select * from t')
      expect(r2).toEqual([{ id: 3, v: 'z' }])
      await pool.end()
    })
  })
}
