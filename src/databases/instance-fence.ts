import type { ReadOnlyState } from '../core/ports/database-server.ts'
import { isOn, readVariables } from './settings.ts'
import type { ServerSession } from './server-session.ts'

/**
 * The whole server refuses writes: `super_read_only` on MySQL, `read_only` on MariaDB, where accounts with READ_ONLY
 * ADMIN still write. Open transactions fail at COMMIT. A restart of the server puts its configured value back.
 */
export async function readReadOnly(session: ServerSession, signal: AbortSignal): Promise<ReadOnlyState> {
  const values = await readVariables(session, ['read_only', 'super_read_only'], signal)
  const on = (name: string): boolean => isOn(values.get(name) ?? '')
  return { readOnly: on('read_only'), superReadOnly: on('super_read_only') }
}

export async function raiseInstanceFence(session: ServerSession, signal: AbortSignal): Promise<void> {
  const variable = session.identity.flavour === 'mysql' ? 'super_read_only' : 'read_only'
  await setReadOnly(session, [`${variable} = 1`], signal)
}

export async function lowerInstanceFence(
  session: ServerSession,
  image: ReadOnlyState,
  signal: AbortSignal,
): Promise<void> {
  const number = (on: boolean): number => (on ? 1 : 0)
  const ofMysql =
    session.identity.flavour === 'mysql' ? [`super_read_only = ${number(image.superReadOnly)}`] : []
  await setReadOnly(session, [...ofMysql, `read_only = ${number(image.readOnly)}`], signal)
}

/** What keeps the instance fence from being up. */
export async function findInstanceGaps(
  session: ServerSession,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const state = await readReadOnly(session, signal)
  if (session.identity.flavour === 'mysql') return state.superReadOnly ? [] : ['super_read_only is off']
  return state.readOnly ? [] : ['read_only is off']
}

/** Seconds that SET waits for a session that holds LOCK TABLES … WRITE. */
const lockWaitSeconds = 5

async function setReadOnly(
  session: ServerSession,
  settings: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await using connection = session.openConnection()
  const doing = 'change whether it refuses writes'
  await connection.change({ doing, sql: `SET SESSION lock_wait_timeout = ${lockWaitSeconds}` }, signal)
  for (const setting of settings) await connection.change({ doing, sql: `SET GLOBAL ${setting}` }, signal)
}
