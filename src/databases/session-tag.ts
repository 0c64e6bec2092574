import type { Connection as DriverConnection, RowDataPacket } from 'mysql2/promise'
import { orAborted } from '../core/deadline.ts'
import { CutoverError } from '../core/errors.ts'
import type { Connection } from './connection.ts'

/** More sessions than one process ever has on a server at once. */
const slots = 64

/**
 * Marks a session as one of the process with this lock id, so that whoever breaks the lock finds it: a user-level lock
 * with a name of its own. Unlike connection attributes that works on both products and needs no right, and unlike a row
 * it also works on a server that refuses writes.
 */
export async function tagSession(
  connection: DriverConnection,
  lockId: string,
  signal: AbortSignal,
): Promise<void> {
  for (let slot = 0; slot < slots; slot += 1) {
    const asked = connection.query<RowDataPacket[]>('SELECT GET_LOCK(?, 0) AS taken', [
      slotName(lockId, slot),
    ])
    const [rows] = await orAborted(asked, signal)
    if (Number(rows[0]?.['taken']) === 1) return
  }
  throw new CutoverError('internal', `more than ${slots} sessions of one process on a server`)
}

/** Numbers of the sessions that {@link tagSession} marked with this lock id and that are still there. */
export async function findTagged(
  connection: Connection,
  lockId: string,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const names = Array.from({ length: slots }, (_, slot) => slotName(lockId, slot))
  const columns = names.map((_, slot) => `IS_USED_LOCK(?) AS s${slot}`)
  const statement = {
    doing: 'find the sessions of the run',
    sql: `SELECT ${columns.join(', ')}`,
    values: names,
  }
  const [row] = await connection.read(statement, signal)
  return Object.values(row ?? {}).flatMap((id) => (id === null ? [] : [Number(id)]))
}

function slotName(lockId: string, slot: number): string {
  return `cutover-kit:${lockId}:${slot}`
}
