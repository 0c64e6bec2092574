import type { Pool } from 'mysql2/promise'

export type PoolWork = (pool: Pool, turn: number) => Promise<unknown>

/** What the pools are compared by. */
export const poolWorks: Readonly<Record<string, PoolWork>> = {
  'SELECT 1': (pool) => pool.query('SELECT 1'),
  'indexed read': (pool, turn) => pool.execute('SELECT name FROM items WHERE id = ?', [1 + (turn % 1000)]),
  insert: (pool) => pool.query('INSERT INTO written (name) VALUES (?)', ['a name']),
  'transaction of 3': async (pool, turn) => {
    const one = await pool.getConnection()
    await one.beginTransaction()
    await one.query('SELECT name FROM items WHERE id = ?', [1 + (turn % 1000)])
    await one.query('INSERT INTO written (name) VALUES (?)', ['a name'])
    await one.query('UPDATE items SET name = ? WHERE id = ?', ['other', 1 + (turn % 1000)])
    await one.commit()
    one.release()
  },
}
