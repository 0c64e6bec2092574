import type { PoolConnection } from 'mysql2'
import type { RowDataPacket } from 'mysql2/promise'
import type { Mapper } from './program.ts'

const insertItem = 'INSERT INTO items (id, name) VALUES (?, ?)'
const insertNumbered = 'INSERT INTO numbered (owner) VALUES (?)'
const select = 'SELECT name FROM items WHERE id = ?'

export const promises: Mapper = {
  name: 'mysql2 with promises',
  start: async (pool) => ({
    async write(id, name) {
      const connection = await pool.getConnection()
      try {
        await connection.beginTransaction()
        await connection.execute(insertItem, [id, name])
        await connection.execute(insertNumbered, [id])
        await connection.commit()
      } finally {
        connection.release()
      }
    },
    async read(id) {
      const [rows] = await pool.execute<RowDataPacket[]>(select, [id])
      return rows[0]?.['name'] as string | undefined
    },
    close: async () => undefined,
  }),
}

export const callbacks: Mapper = {
  name: 'mysql2 with callbacks',
  start: async ({ pool }) => ({
    async write(id, name) {
      const connection = await told<PoolConnection>((done) => pool.getConnection(done))
      const query = (sql: string, values: unknown[]): Promise<unknown> =>
        told((done) => connection.query(sql, values, done))
      try {
        await query('BEGIN', [])
        await query(insertItem, [id, name])
        await query(insertNumbered, [id])
        await query('COMMIT', [])
      } finally {
        connection.release()
      }
    },
    async read(id) {
      const rows = await told<RowDataPacket[]>((done) => pool.query<RowDataPacket[]>(select, [id], done))
      return rows[0]?.['name'] as string | undefined
    },
    close: async () => undefined,
  }),
}

export const units: Mapper = {
  name: 'transaction(work)',
  start: async (pool) => ({
    write: (id, name) =>
      pool.transaction(async (connection) => {
        await connection.query(insertItem, [id, name])
        await connection.query(insertNumbered, [id])
      }),
    async read(id) {
      const [rows] = await pool.query<RowDataPacket[]>(select, [id])
      return rows[0]?.['name'] as string | undefined
    },
    close: async () => undefined,
  }),
}

/** What a callback is told, as a promise. */
function told<T>(call: (done: (error: Error | null, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error === null ? resolve(value) : reject(error)))
  })
}
