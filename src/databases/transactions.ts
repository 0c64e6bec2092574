import type { OpenTransaction } from '../core/ports/database-server.ts'
import type { Row } from './statement.ts'
import type { ServerSession } from './server-session.ts'

/**
 * InnoDB answers innodb_trx from a copy that it renews only when nobody has looked for 100 ms: whoever looks twice waits
 * so long in between.
 */
export const transactionsFreshAfterMs = 120

/** Open InnoDB transactions of sessions, and prepared XA transactions, which may have no session. */
export async function readOpenTransactions(
  session: ServerSession,
  signal: AbortSignal,
): Promise<readonly OpenTransaction[]> {
  const open = await session.connection.read(
    {
      doing: 'read its open transactions',
      sql: `SELECT trx_mysql_thread_id AS id, trx_rows_modified AS modified,
          TIMESTAMPDIFF(SECOND, trx_started, NOW()) AS seconds
        FROM information_schema.innodb_trx WHERE trx_mysql_thread_id > 0`,
    },
    signal,
  )
  const prepared = await session.connection.read(
    { doing: 'read its prepared XA transactions', sql: 'XA RECOVER' },
    signal,
  )
  const own = new Set(session.ownSessions())
  return [
    ...open.map(toTransaction).filter((each) => !own.has(each.sessionId)),
    ...prepared.map(toPreparedTransaction),
  ]
}

function toTransaction(row: Row): OpenTransaction {
  return {
    sessionId: Number(row['id']),
    rowsModified: Number(row['modified']),
    seconds: Math.max(0, Number(row['seconds'])),
  }
}

/** The server tells neither the age nor the rows of a prepared transaction; that it holds some is what counts. */
function toPreparedTransaction(row: Row): OpenTransaction {
  return { sessionId: 0, rowsModified: 1, seconds: 0, xid: String(row['data']) }
}
