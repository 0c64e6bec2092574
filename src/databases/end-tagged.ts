import type { Clock } from '../core/ports/clock.ts'
import { CutoverError } from '../core/errors.ts'
import type { Connection } from './connection.ts'
import { findTagged } from './session-tag.ts'

/** How long ended sessions may take to be gone, and how often that is looked at, milliseconds. */
const goneWithinMs = 5_000
const lookAgainMs = 50

/**
 * Ends every session of the process with this lock id, and returns when they are gone: a statement that had passed the
 * process's own check, and has not been sent yet, has nothing left to be sent on.
 * @returns how many there were. @throws CutoverError `deadline` when some live on.
 */
export async function endTagged(
  server: { readonly connection: Connection; readonly where: string; readonly clock: Clock },
  lockId: string,
  signal: AbortSignal,
): Promise<number> {
  const { connection, where, clock } = server
  const first = await findTagged(connection, lockId, signal)
  const giveUpAt = clock.monotonicMs() + goneWithinMs
  for (let left = first; left.length > 0; left = await findTagged(connection, lockId, signal)) {
    if (clock.monotonicMs() > giveUpAt) throw liveOn(where, left)
    await Promise.all(left.map((id) => end(connection, id, signal)))
    await clock.sleep(lookAgainMs, signal)
  }
  return first.length
}

async function end(connection: Connection, id: number, signal: AbortSignal): Promise<void> {
  // 1094: it is gone already.
  const statement = { doing: `end session ${id}`, sql: 'KILL CONNECTION ?', values: [id], fine: [1094] }
  await connection.change(statement, signal)
}

function liveOn(where: string, left: readonly number[]): CutoverError {
  return new CutoverError('deadline', `${where}: sessions of the run live on: ${left.join(', ')}`, {
    where,
    hint: 'Try again; a session that rolls back much ends when that is done.',
  })
}
