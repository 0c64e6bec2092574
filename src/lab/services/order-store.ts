import type { PoolConnection, Pool, RowDataPacket } from 'mysql2/promise'
import { rememberUnit } from '../../service/classify.ts'

export interface NewOrder {
  readonly id: string
  readonly customer: string
  readonly item: string
  readonly quantity: number
  /** A decimal number as text, such as `19.90`. */
  readonly price: string
}

/** One order and its line, in one transaction. */
export function insertOrder(pool: Pool, order: NewOrder): Promise<void> {
  return inTransaction(pool, async (connection) => {
    await connection.execute(
      'INSERT INTO orders (id, customer, item, quantity, price) VALUES (?, ?, ?, ?, ?)',
      [order.id, order.customer, order.item, order.quantity, order.price],
    )
    await connection.execute('INSERT INTO order_lines (order_id, line_no, sku, amount) VALUES (?, 1, ?, ?)', [
      order.id,
      order.item.slice(0, 12),
      order.quantity,
    ])
  })
}

export async function findOrder(pool: Pool, id: string): Promise<RowDataPacket | undefined> {
  const [rows] = await pool.execute<RowDataPacket[]>(
    'SELECT id, customer, item, quantity, price FROM orders WHERE id = ?',
    [id],
  )
  return rows[0]
}

export async function listOrders(pool: Pool, limit: number): Promise<RowDataPacket[]> {
  const [rows] = await pool.query<RowDataPacket[]>(
    'SELECT id, customer, item, quantity, price FROM orders ORDER BY id DESC LIMIT ?',
    [limit],
  )
  return rows
}

/** An ordinary defect: names a column that does not exist. */
export async function breakOrder(pool: Pool, id: string): Promise<void> {
  await pool.execute('SELECT no_such_column FROM orders WHERE id = ?', [id])
}

/** Tells the classification how far the transaction had come when it failed. */
async function inTransaction(pool: Pool, work: (connection: PoolConnection) => Promise<void>): Promise<void> {
  const connection = await pool.getConnection()
  let commitSent = false
  try {
    await connection.beginTransaction()
    await work(connection)
    commitSent = true
    await connection.commit()
    connection.release()
  } catch (error) {
    await rollback(connection)
    throw rememberUnit(error, { inTransaction: true, commitSent })
  }
}

async function rollback(connection: PoolConnection): Promise<void> {
  try {
    await connection.rollback()
    connection.release()
  } catch {
    // Its transaction ends with it; a connection in doubt must not go back to the pool.
    connection.destroy()
  }
}
