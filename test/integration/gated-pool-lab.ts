import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RowDataPacket } from 'mysql2/promise'
import { Secret } from '../../src/core/secret.ts'
import type { RunningDatabase } from '../../src/lab/servers/running-database.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { startDatabase } from '../../src/lab/servers/start-database.ts'
import { createWriteGate } from '../../src/service/gate/create-write-gate.ts'
import type { WriteGate } from '../../src/service/gate/write-gate.ts'
import type { GatedPool, GatedPoolOptions } from '../../src/service/pool/create-gated-pool.ts'
import { createGatedPool } from '../../src/service/pool/create-gated-pool.ts'
import type { Generation } from '../../src/service/pool/generation.ts'
import type { GenerationOptions } from '../../src/service/pool/open-generation.ts'
import { openGeneration } from '../../src/service/pool/open-generation.ts'

export const user = 'svc'
export const password = 'Pass-word.1'
export const schemas = ['one', 'two'] as const
export type Schema = (typeof schemas)[number]

export interface GatedPoolLab extends AsyncDisposable {
  readonly running: RunningDatabase
  /** Runs a statement as root and gives its rows. */
  readonly root: (statement: string) => Promise<RowDataPacket[]>
  /** Sessions of the service's account, by schema. */
  sessions(): Promise<RowDataPacket[]>
  killAll(): Promise<number>
  readonly generation: (schema: Schema, options?: GenerationOptions, port?: number) => Generation
  /** A facade on schema `one`, ended after the test. */
  facade(options?: Partial<GatedPoolOptions>, driver?: GenerationOptions): Promise<OpenFacade>
}

export interface OpenFacade extends AsyncDisposable {
  readonly pool: GatedPool
  readonly gate: WriteGate
}

/** One server with two schemas that look the same, and an account for both. */
export async function openGatedPoolLab(engine: ServerEngine): Promise<GatedPoolLab> {
  const directory = await mkdtemp(join(tmpdir(), 'cutover-pool-'))
  const running = await startDatabase({
    engine,
    directory,
    serverId: 3,
    extra: ['--innodb-lock-wait-timeout=5'],
  })
  const session = await running.root()
  const root = async (statement: string): Promise<RowDataPacket[]> =>
    (await session.query<RowDataPacket[]>(statement))[0]
  await root(`CREATE USER ${user}@'127.0.0.1' IDENTIFIED BY '${password}'`)
  for (const schema of schemas) {
    await root(`CREATE DATABASE ${schema}`)
    await root(`CREATE TABLE ${schema}.items (id INT PRIMARY KEY, name VARCHAR(40), big BIGINT, at DATETIME)`)
    await root(`CREATE TABLE ${schema}.numbered (id INT AUTO_INCREMENT PRIMARY KEY, owner INT)`)
    await root(`GRANT ALL ON ${schema}.* TO ${user}@'127.0.0.1'`)
  }
  const sessions = (): Promise<RowDataPacket[]> =>
    root(`SELECT id, db, command FROM information_schema.processlist WHERE user = '${user}' ORDER BY id`)
  const generation: GatedPoolLab['generation'] = (schema, options = {}, port = running.port) =>
    openGeneration(
      { host: '127.0.0.1', port, schema, user, password: new Secret(user, password) },
      { connectionLimit: 6, ...options },
    )
  return {
    running,
    root,
    sessions,
    generation,
    async killAll() {
      const all = await sessions()
      // One that has ended by itself meanwhile is as good as killed.
      for (const { id } of all) await root(`KILL ${id}`).catch(() => undefined)
      return all.length
    },
    async facade(options = {}, driver = {}) {
      const gate = options.gate ?? createWriteGate()
      const pool = createGatedPool({
        generation: generation('one', driver),
        gate,
        endGraceMs: 1000,
        ...options,
      })
      return { pool, gate, [Symbol.asyncDispose]: () => pool.end() }
    },
    async [Symbol.asyncDispose]() {
      session.destroy()
      await running[Symbol.asyncDispose]()
    },
  }
}

/** Closes the gate as a notice would. */
export function shut(gate: WriteGate, epoch = 1, limitMs = 8000): void {
  gate.close({ epoch, limitMs })
}

/** What somebody who waits for it gets, as a value. */
export async function outcome<T>(work: Promise<T>): Promise<{ value: T } | { error: Error & Thrown }> {
  try {
    return { value: await work }
  } catch (error) {
    return { error: error as Error & Thrown }
  }
}

export interface Thrown {
  readonly errno?: number
  readonly code?: string
  readonly fatal?: boolean
  readonly sqlState?: string
}
