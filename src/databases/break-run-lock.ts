import type { LockBreak, LockRecord } from '../core/lock-record.ts'
import type { Clock } from '../core/ports/clock.ts'
import type { Secrets } from '../core/ports/secrets.ts'
import type { DatabaseSpec } from '../core/system-specs.ts'
import { CutoverError } from '../core/errors.ts'
import { connectAsRunner } from './connect.ts'
import { createConnection, type Connection } from './connection.ts'
import { identify } from './identity.ts'
import { interruptStatement } from './interrupt-statement.ts'
import { keepOutOfLog } from './keep-out-of-log.ts'
import { createLockTable, type LockTable } from './lock-table.ts'
import { runLockName } from './run-lock.ts'
import { addressOf, formatAddress } from './server-address.ts'
import { findTagged } from './session-tag.ts'

/** How long ended sessions may take to be gone, and how often that is looked at, milliseconds. */
const goneWithinMs = 5_000
const lookAgainMs = 50

/** The lock of a server, seen by somebody who does not want to hold it. */
export interface LockView extends AsyncDisposable {
  /** `source (10.0.0.1:3306)` */
  readonly where: string
  look(signal: AbortSignal): Promise<SeenLock>
  /**
   * Makes the row free under a new id and a higher epoch.
   * @throws CutoverError `conflict` when it is another lock by now, `system.refused` when the server refuses writes.
   */
  breakRow(how: LockBreak, signal: AbortSignal): Promise<void>
  /**
   * Ends every session of the process that took this lock, and returns when they are gone: a statement that had passed
   * the process's own check, and has not been sent yet, has nothing left to be sent on.
   * @returns how many there were. @throws CutoverError `deadline` when some live on.
   */
  endSessions(lockId: string, signal: AbortSignal): Promise<number>
}

export interface SeenLock {
  /** Undefined: no run ever was on this server. */
  readonly record: LockRecord | undefined
  /** Number of the session that holds the lock now; undefined: no process does. */
  readonly session: number | undefined
}

/** Connects when it is used first. */
export function openLockView(name: string, spec: DatabaseSpec, secrets: Secrets, clock: Clock): LockView {
  const address = addressOf(name, spec)
  const where = formatAddress(address)
  let server = ''
  const connection = createConnection({
    address,
    clock,
    interrupt: (id) => interruptStatement(name, spec, secrets, id),
    async open(signal) {
      const opened = await connectAsRunner(name, spec, secrets, signal)
      try {
        server = (await identify(opened, address, signal)).serverUuid
        await keepOutOfLog(opened, address, signal)
        return opened
      } catch (error) {
        opened.destroy()
        throw error
      }
    },
  })
  const table = async (signal: AbortSignal): Promise<LockTable> => {
    if (server === '') await connection.read({ doing: 'open a session', sql: 'SELECT 1' }, signal)
    return createLockTable(connection, address, server)
  }
  return {
    where,
    async look(signal) {
      const record = await (await table(signal)).read(signal)
      return { record, session: await findHolder(connection, signal) }
    },
    breakRow: async (how, signal) => (await table(signal)).breakOpen(how, signal),
    async endSessions(lockId, signal) {
      const first = await findTagged(connection, lockId, signal)
      const giveUpAt = clock.monotonicMs() + goneWithinMs
      for (let left = first; left.length > 0; left = await findTagged(connection, lockId, signal)) {
        if (clock.monotonicMs() > giveUpAt) throw liveOn(where, left)
        await Promise.all(left.map((id) => end(connection, id, signal)))
        await clock.sleep(lookAgainMs, signal)
      }
      return first.length
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}

async function findHolder(connection: Connection, signal: AbortSignal): Promise<number | undefined> {
  const sql = `SELECT IS_USED_LOCK('${runLockName}') AS id`
  const [row] = await connection.read({ doing: 'look at the run lock', sql }, signal)
  return row?.['id'] == null ? undefined : Number(row['id'])
}

async function end(connection: Connection, id: number, signal: AbortSignal): Promise<void> {
  // 1094: it is gone already.
  const statement = { doing: `end session ${id}`, sql: 'KILL CONNECTION ?', values: [id], fine: [1094] }
  await connection.change(statement, signal)
}

function liveOn(where: string, left: readonly number[]): CutoverError {
  return new CutoverError('deadline', `${where}: sessions of the run live on: ${left.join(', ')}`, {
    where,
    hint: 'Break the lock again; a session that rolls back much ends when that is done.',
  })
}
