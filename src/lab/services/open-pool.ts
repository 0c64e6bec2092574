import type { Pool, RowDataPacket } from 'mysql2/promise'
import type { Datasource } from './read-datasource.ts'

export interface ServiceDatabase {
  readonly pool: Pool
  /** Undefined until the first connection was made. */
  flavour(): 'mysql' | 'mariadb' | undefined
  /** Rejects when no connection can be had. */
  check(): Promise<void>
}

/** Loads the driver ahead of the first pool. */
export async function preloadDriver(): Promise<void> {
  await import('mysql2/promise')
}

/** A pool as an ordinary service has it: eight connections, opened when they are needed. */
export async function openPool(datasource: Datasource, instance: string): Promise<ServiceDatabase> {
  const { createPool } = await import('mysql2/promise')
  const pool = createPool({
    host: datasource.host,
    port: datasource.port,
    database: datasource.schema,
    user: datasource.user,
    password: datasource.password.reveal(),
    connectionLimit: 8,
    connectTimeout: 3000,
    connectAttributes: { program_name: instance },
    timezone: 'Z',
  })
  let flavour: 'mysql' | 'mariadb' | undefined
  return {
    pool,
    flavour: () => flavour,
    async check() {
      const [rows] = await pool.query<RowDataPacket[]>('SELECT VERSION() AS version')
      flavour = /mariadb/i.test(String(rows[0]?.['version'])) ? 'mariadb' : 'mysql'
    },
  }
}
