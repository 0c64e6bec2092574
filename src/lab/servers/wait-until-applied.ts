import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import { CutoverError } from '../../core/errors.ts'
import { formatMs } from '../../core/deadline.ts'
import type { RunningDatabase } from './running-database.ts'
import type { ServerEngine } from './server-engine.ts'

const pollMs = 20

/**
 * Waits until `to` has applied everything that `from` has committed to its log at this moment.
 *
 * @param withinMs default 60,000.
 * @throws `deadline` with what replication itself says, or the signal's reason.
 */
export async function waitUntilApplied(
  from: RunningDatabase,
  to: RunningDatabase,
  options: { readonly signal: AbortSignal; readonly withinMs?: number },
): Promise<void> {
  const withinMs = options.withinMs ?? 60_000
  const giveUpAt = performance.now() + withinMs
  const position = await onRoot(from, (session) => readText(session, readPosition[from.engine], []))
  await onRoot(to, async (session) => {
    while ((await readText(session, isApplied[to.engine], [position])) !== '1') {
      if (performance.now() > giveUpAt) throw await tooLate(session, to, withinMs)
      await sleep(pollMs, undefined, { signal: options.signal }).catch(() => options.signal.throwIfAborted())
    }
  })
}

const readPosition: Readonly<Record<ServerEngine, string>> = {
  mariadb: 'SELECT @@global.gtid_binlog_pos AS value',
  mysql: 'SELECT @@global.gtid_executed AS value',
}

// A timeout of zero: the server answers at once, so the signal and the deadline stay ours.
const isApplied: Readonly<Record<ServerEngine, string>> = {
  mariadb: 'SELECT MASTER_GTID_WAIT(?, 0) = 0 AS value',
  mysql: 'SELECT GTID_SUBSET(?, @@global.gtid_executed) AS value',
}

const readStatus: Readonly<Record<ServerEngine, string>> = {
  mariadb: 'SHOW SLAVE STATUS',
  mysql: 'SHOW REPLICA STATUS',
}

async function tooLate(session: Connection, to: RunningDatabase, withinMs: number): Promise<CutoverError> {
  const [rows] = await session.query<RowDataPacket[]>(readStatus[to.engine])
  // Numbers only: the texts quote statements.
  const errors = ['Last_IO_Errno', 'Last_SQL_Errno']
    .map((name) => Number(rows[0]?.[name] ?? 0))
    .filter(Boolean)
  const said = errors.length === 0 ? 'replication reports no error' : `replication error ${errors.join(', ')}`
  const why = rows.length === 0 ? 'replication is not set up' : said
  return new CutoverError('deadline', `the replica did not catch up within ${formatMs(withinMs)}: ${why}`, {
    where: `${to.host}:${to.port}`,
  })
}

async function onRoot<T>(database: RunningDatabase, use: (session: Connection) => Promise<T>): Promise<T> {
  const session = await database.root()
  try {
    return await use(session)
  } finally {
    session.destroy()
  }
}

async function readText(session: Connection, sql: string, values: readonly string[]): Promise<string> {
  const [rows] = await session.query<RowDataPacket[]>(sql, [...values])
  return String(rows[0]?.['value'] ?? '')
}
