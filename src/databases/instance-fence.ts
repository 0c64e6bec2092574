import type { ReadOnlyState } from '../core/ports/database-server.ts'
import type { Connection } from './connection.ts'
import { isOn } from './settings.ts'
import type { ServerSession } from './server-session.ts'

/**
 * The whole server refuses writes: `super_read_only` on MySQL, `read_only` on MariaDB, where accounts with READ_ONLY
 * ADMIN still write. Open transactions fail at COMMIT. A restart of the server puts its configured value back.
 */
export async function readReadOnly(session: ServerSession, signal: AbortSignal): Promise<ReadOnlyState> {
  // Not SHOW VARIABLES, which takes ten times as long, in the middle of the pause.
  const superReadOnly = session.identity.flavour === 'mysql' ? '@@GLOBAL.super_read_only' : '0'
  const [row] = await session.connection.read(
    {
      doing: 'read whether it refuses writes',
      sql: `SELECT @@GLOBAL.read_only AS ro, ${superReadOnly} AS super`,
    },
    signal,
  )
  const on = (name: string): boolean => isOn(String(row?.[name] ?? ''))
  return { readOnly: on('ro'), superReadOnly: on('super') }
}

export async function raiseInstanceFence(
  session: ServerSession,
  connection: Connection,
  signal: AbortSignal,
): Promise<void> {
  const variable = session.identity.flavour === 'mysql' ? 'super_read_only' : 'read_only'
  await setReadOnly(connection, [`${variable} = 1`], signal)
}

export async function lowerInstanceFence(
  session: ServerSession,
  connection: Connection,
  image: ReadOnlyState,
  signal: AbortSignal,
): Promise<void> {
  const number = (on: boolean): number => (on ? 1 : 0)
  const ofMysql =
    session.identity.flavour === 'mysql' ? [`super_read_only = ${number(image.superReadOnly)}`] : []
  await setReadOnly(connection, [...ofMysql, `read_only = ${number(image.readOnly)}`], signal)
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

async function setReadOnly(
  connection: Connection,
  settings: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const doing = 'change whether it refuses writes'
  for (const setting of settings) await connection.change({ doing, sql: `SET GLOBAL ${setting}` }, signal)
}
