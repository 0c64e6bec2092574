import type { Position, ReadOnlyState } from '../core/ports/database-server.ts'
import type { Connection } from './connection.ts'
import { positionColumns, positionIn } from './position.ts'
import { isOn } from './settings.ts'
import type { ServerSession } from './server-session.ts'
import type { Row } from './statement.ts'

/**
 * The whole server refuses writes: `super_read_only` on MySQL, `read_only` on MariaDB, where accounts with READ_ONLY
 * ADMIN still write. Open transactions fail at COMMIT. A restart of the server puts its configured value back.
 */
export async function readReadOnly(session: ServerSession, signal: AbortSignal): Promise<ReadOnlyState> {
  // Not SHOW VARIABLES, which takes ten times as long, in the middle of the pause.
  const sql = `SELECT ${readOnlyColumns(session)}`
  const [row] = await session.connection.read({ doing: 'read whether it refuses writes', sql }, signal)
  return readOnlyIn(row)
}

function readOnlyColumns({ identity }: ServerSession): string {
  const superReadOnly = identity.flavour === 'mysql' ? '@@GLOBAL.super_read_only' : '0'
  return `@@GLOBAL.read_only AS ro, ${superReadOnly} AS super`
}

function readOnlyIn(row: Row | undefined): ReadOnlyState {
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
  // Ending read_only ends super_read_only with it, in one statement.
  const both = session.identity.flavour === 'mysql' && image.readOnly
  const ofMysql = both ? [`super_read_only = ${number(image.superReadOnly)}`] : []
  await setReadOnly(connection, [...ofMysql, `read_only = ${number(image.readOnly)}`], signal)
}

/** What keeps the instance fence from being up. */
export async function findInstanceGaps(
  session: ServerSession,
  signal: AbortSignal,
): Promise<readonly string[]> {
  return gapsIn(session, await readReadOnly(session, signal))
}

/**
 * The same, and the position, in one statement: users are waiting. Whoever looks has raised the fence himself or knows
 * that it was up before, so it does not matter which of the two the server reads first.
 */
export async function lookAtInstance(
  session: ServerSession,
  signal: AbortSignal,
): Promise<{ readonly gaps: readonly string[]; readonly position: Position }> {
  const sql = `SELECT ${readOnlyColumns(session)}, ${positionColumns(session)}`
  const [row] = await session.connection.read({ doing: 'read whether it refuses writes', sql }, signal)
  return { gaps: gapsIn(session, readOnlyIn(row)), position: positionIn(session, row) }
}

function gapsIn({ identity }: ServerSession, state: ReadOnlyState): readonly string[] {
  if (identity.flavour === 'mysql') return state.superReadOnly ? [] : ['super_read_only is off']
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
