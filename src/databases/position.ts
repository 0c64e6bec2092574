import { CutoverError } from '../core/errors.ts'
import type { Position } from '../core/ports/database-server.ts'
import type { Connection } from './connection.ts'
import { formatAddress } from './server-address.ts'
import type { ServerSession } from './server-session.ts'
import type { Row } from './statement.ts'

/**
 * Everything the server has committed to its log, its own transactions and those it received: MySQL's executed GTID
 * set, MariaDB's last GTID of every domain. Whoever compares it with another server looks at what flows there.
 *
 * @param connection the session that reads it, when it must be one that holds locks.
 * @throws `system.unsupported` when the server has no GTIDs.
 */
export async function readPosition(
  session: ServerSession,
  signal: AbortSignal,
  connection: Connection = session.connection,
): Promise<Position> {
  const [row] = await connection.read(
    { doing: 'read its log position', sql: `SELECT ${positionColumns(session)}` },
    signal,
  )
  return positionIn(session, row)
}

/** What a SELECT must list for {@link positionIn}. */
export function positionColumns({ identity }: ServerSession): string {
  const variable = identity.flavour === 'mysql' ? '@@GLOBAL.gtid_executed' : '@@GLOBAL.gtid_binlog_pos'
  return `${variable} AS gtid, @@GLOBAL.log_bin AS logs`
}

/** @throws `system.unsupported` when the server has no GTIDs. */
export function positionIn(session: ServerSession, row: Row | undefined): Position {
  if (Number(row?.['logs']) !== 1) throw withoutLog(session)
  const gtid = String(row?.['gtid'] ?? '').replace(/\s+/g, '')
  return { flavour: session.identity.flavour, gtid }
}

function withoutLog(session: ServerSession): CutoverError {
  return new CutoverError('system.unsupported', `${formatAddress(session.address)} writes no binary log`, {
    hint: 'Switch log_bin (and on MySQL gtid_mode) on; the kit proves by GTID that nothing is missing.',
  })
}
