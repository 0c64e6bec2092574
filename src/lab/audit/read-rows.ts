import type { Connection, RowDataPacket } from 'mysql2/promise'

export interface OrderRow {
  readonly lines: number
  /** Made by the server that executed the INSERT: a replicated row has the same one, one written again has not. */
  readonly birth: string
}

/** The orders of one server that were not seeded, by id, and how many were. */
export interface OrderRows {
  readonly seeded: number
  readonly rows: ReadonlyMap<string, OrderRow>
}

// Compared as bytes: to most collations W-1 and w-1 are one id.
const ordersSql = `SELECT o.id AS id, CONCAT(o.seq, ' ', o.created_at) AS birth, COUNT(l.id) AS line_count
  FROM orders.orders o LEFT JOIN orders.order_lines l ON l.order_id = o.id
  WHERE LEFT(o.id, ?) <> CAST(? AS BINARY) GROUP BY o.id, o.seq, o.created_at`
const seededSql = 'SELECT COUNT(*) AS row_count FROM orders.orders WHERE LEFT(id, ?) = CAST(? AS BINARY)'

export async function readOrders(connection: Connection, seededPrefix: string): Promise<OrderRows> {
  const prefix = [seededPrefix.length, seededPrefix]
  const [[count]] = await connection.query<RowDataPacket[]>(seededSql, prefix)
  const [rows] = await connection.query<RowDataPacket[]>(ordersSql, prefix)
  return {
    seeded: Number(count?.['row_count']),
    rows: new Map(
      rows.map((row) => [
        String(row['id']),
        { lines: Number(row['line_count']), birth: String(row['birth']) },
      ]),
    ),
  }
}

const tables = { billing: 'billing.invoices', stock: 'stock.movements' } as const

/** Ids in the table of another service; null: this server does not have the table. */
export async function readIds(
  connection: Connection,
  service: keyof typeof tables,
): Promise<ReadonlySet<string> | null> {
  const [schema, table] = tables[service].split('.')
  const [[found]] = await connection.query<RowDataPacket[]>(
    'SELECT COUNT(*) AS row_count FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
    [schema, table],
  )
  if (Number(found?.['row_count']) === 0) return null
  const [rows] = await connection.query<RowDataPacket[]>(`SELECT id FROM ${tables[service]}`)
  return new Set(rows.map((row) => String(row['id'])))
}
