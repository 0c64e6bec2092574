import type { Session } from '../core/ports/database-server.ts'
import { CutoverError } from '../core/errors.ts'
import type { Row } from './statement.ts'
import { versionNumber } from './identity.ts'
import { formatAddress } from './server-address.ts'
import type { ServerSession } from './server-session.ts'

/** All sessions but those the kit holds through `session`. */
export async function readSessions(session: ServerSession, signal: AbortSignal): Promise<readonly Session[]> {
  const own = new Set(session.ownSessions())
  return (await readAllSessions(session, signal)).filter((each) => !own.has(each.id))
}

async function readAllSessions(session: ServerSession, signal: AbortSignal): Promise<readonly Session[]> {
  await requireSight(session, signal)
  const programs = await readPrograms(session, signal)
  const rows = await session.connection.read(
    { doing: 'read its sessions', sql: sessionsQuery(session) },
    signal,
  )
  return rows.map((row) => toSession(row, programs))
}

/** Without PROCESS the server shows only the asking account's sessions and says nothing; this read does complain. */
async function requireSight(session: ServerSession, signal: AbortSignal): Promise<void> {
  if (sighted.has(session)) return
  // Not innodb_trx: its answer is kept for 100 ms after each look.
  const sql = 'SELECT COUNT(*) AS pages FROM information_schema.innodb_cmp'
  await session.connection.read({ doing: 'see the sessions of other accounts', sql }, signal)
  sighted.add(session)
}

const sighted = new WeakSet<ServerSession>()

function sessionsQuery(session: ServerSession): string {
  const { flavour, version } = session.identity
  // The one in information_schema takes a global lock on MySQL and is on its way out.
  const fresh = flavour === 'mysql' && versionNumber(version) >= 80_022
  const list = fresh ? 'performance_schema.processlist' : 'information_schema.processlist'
  // Never INFO: it holds statements.
  return `SELECT ID AS id, USER AS user, HOST AS host, DB AS db, COMMAND AS command, TIME AS seconds,
    STATE AS state FROM ${list}`
}

async function readPrograms(
  session: ServerSession,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, string>> {
  if (session.identity.flavour !== 'mysql') return new Map()
  const rows = await session.connection.read(
    {
      doing: 'read the program names of its sessions',
      sql: `SELECT PROCESSLIST_ID AS id, ATTR_VALUE AS program FROM performance_schema.session_connect_attrs
        WHERE ATTR_NAME IN ('program_name', '_client_name') ORDER BY ATTR_NAME`,
      // Names are for people; without the right to read them the sessions still count.
      fine: [1142, 1146],
    },
    signal,
  )
  return new Map(rows.map((row) => [Number(row['id']), String(row['program'])]))
}

function toSession(row: Row, programs: ReadonlyMap<number, string>): Session {
  return {
    id: Number(row['id']),
    user: String(row['user'] ?? ''),
    host: String(row['host'] ?? '').replace(/:\d+$/, ''),
    schema: row['db'] === null ? null : String(row['db']),
    command: String(row['command'] ?? ''),
    seconds: Number(row['seconds'] ?? 0),
    state: String(row['state'] ?? ''),
    program: programs.get(Number(row['id'])) ?? null,
  }
}

/** Ends a session; its open transaction is rolled back. A session that is already gone is fine. */
export async function endSession(session: ServerSession, id: number, signal: AbortSignal): Promise<void> {
  if (session.ownSessions().includes(id)) {
    throw new CutoverError('internal', `${formatAddress(session.address)}: ${id} is the kit's own session`)
  }
  await session.connection.change(
    // 1094: it is gone already.
    { doing: `end session ${id}`, sql: 'KILL CONNECTION ?', values: [Math.trunc(id)], fine: [1094] },
    signal,
  )
}

/**
 * The highest number of a session so far. Numbers only grow while the server runs, and a session reads its rights after
 * it got its number: whoever has a higher one logged in later than now.
 */
export async function readNewestSessionId(session: ServerSession, signal: AbortSignal): Promise<number> {
  const sessions = await readAllSessions(session, signal)
  return Math.max(0, ...sessions.map((each) => each.id))
}
