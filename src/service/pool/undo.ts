import type { PoolConnection } from 'mysql2/promise'

/** What has not committed must be gone before anybody else has the connection, or the work is run again. */
export async function undo(connection: PoolConnection): Promise<void> {
  try {
    await connection.query('ROLLBACK')
  } catch {
    connection.destroy() // with the session the server ends its transaction
  }
}
