import type { RowDataPacket } from 'mysql2/promise'
import type { Clock } from '../core/ports/clock.ts'
import type { Secrets } from '../core/ports/secrets.ts'
import type { DatabaseSpec } from '../core/system-specs.ts'
import { orAborted } from '../core/deadline.ts'
import { CutoverError } from '../core/errors.ts'
import { connectAsRunner } from './connect.ts'
import { readDriverError } from './driver-error.ts'
import { addressOf, formatAddress } from './server-address.ts'
import { serverError } from './server-error.ts'

/** How long a statement that was told to end may roll back, milliseconds. */
const endWithinMs = 10_000
const lookAgainMs = 50
/** The session is gone already. */
const noSuchThread = 1094

/** Statements by which the kit changes something; what only reads may go on. */
const changing =
  /^\s*(GRANT|REVOKE|CREATE USER|DROP USER|ALTER USER|SET GLOBAL|SET PERSIST|STOP|START|RESET|CHANGE|LOCK TABLES)\b/i

/**
 * Ends the changes that a runner which died has left behind on a server: a REVOKE that waits for somebody's lock goes on
 * waiting when its client is gone, and would take effect long after an undo found nothing to restore. Only for whoever
 * holds the run lock: any such statement of the kit's account is then nobody's.
 *
 * @param name the server's name in the playbook, for messages.
 * @returns the numbers of the sessions that were ended.
 * @throws CutoverError `system.refused` when one does not end; what the connection throws.
 */
export async function endOrphanedChanges(
  name: string,
  spec: DatabaseSpec,
  secrets: Secrets,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const connection = await connectAsRunner(name, spec, secrets, signal)
  connection.on('error', () => undefined) // the statement in hand reports it
  const ended = new Set<number>()
  const ask = async (sql: string, values: readonly unknown[]): Promise<RowDataPacket[]> => {
    try {
      const [rows] = await orAborted(connection.query<RowDataPacket[]>(sql, [...values]), signal)
      return Array.isArray(rows) ? rows : []
    } catch (error) {
      signal.throwIfAborted()
      if (readDriverError(error).errno === noSuchThread) return []
      throw serverError(error, addressOf(name, spec), 'end the statements of an earlier runner')
    }
  }
  try {
    const giveUpAt = clock.monotonicMs() + endWithinMs
    for (;;) {
      const left = (await ask(runningQuery, [spec.user])).filter((row) => changing.test(String(row['info'])))
      if (left.length === 0) return [...ended]
      if (clock.monotonicMs() > giveUpAt) throw stillRunning(name, spec, Number(left[0]?.['id']))
      for (const row of left.filter((each) => !ended.has(Number(each['id'])))) {
        ended.add(Number(row['id']))
        await ask('KILL ?', [Number(row['id'])])
      }
      await clock.sleep(lookAgainMs, signal)
    }
  } finally {
    connection.destroy()
  }
}

const runningQuery = `SELECT id AS id, info AS info FROM information_schema.processlist
  WHERE user = ? AND command <> 'Sleep' AND id <> CONNECTION_ID()`

function stillRunning(name: string, spec: DatabaseSpec, id: number): CutoverError {
  return new CutoverError(
    'system.refused',
    `${formatAddress(addressOf(name, spec))}: a change of an earlier runner is still running in session ${id}`,
    { where: name, hint: `Look at the process list; end it with KILL ${id}, then try again.` },
  )
}
