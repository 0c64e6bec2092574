import type { LockBreak, LockRecord } from '../core/lock-record.ts'
import type { Clock } from '../core/ports/clock.ts'
import type { Secrets } from '../core/ports/secrets.ts'
import type { DatabaseSpec } from '../core/system-specs.ts'
import { connectAsRunner } from './connect.ts'
import { createConnection, type Connection } from './connection.ts'
import { identify } from './identity.ts'
import { interruptStatement } from './interrupt-statement.ts'
import { keepOutOfLog } from './keep-out-of-log.ts'
import { createLockTable, type LockTable } from './lock-table.ts'
import { runLockName } from './run-lock.ts'
import { addressOf, formatAddress } from './server-address.ts'
import { endTagged } from './end-tagged.ts'

/** The lock of a server, seen by somebody who does not want to hold it. */
export interface LockView extends AsyncDisposable {
  /** `source (10.0.0.1:3306)` */
  readonly where: string
  look(signal: AbortSignal): Promise<SeenLock>
  /**
   * Takes the row from its run, under a higher epoch; nobody else gets it before `freeBroken`.
   * @throws CutoverError `conflict` when it is another lock by now, `system.refused` when the server refuses writes.
   */
  breakRow(how: LockBreak, signal: AbortSignal): Promise<void>
  /** Makes the row free under the new id, when it is still being broken. */
  freeBroken(how: LockBreak, signal: AbortSignal): Promise<void>
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
    freeBroken: async (how, signal) => (await table(signal)).freeBroken(how, signal),
    endSessions: (lockId, signal) => endTagged({ connection, where, clock }, lockId, signal),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}

async function findHolder(connection: Connection, signal: AbortSignal): Promise<number | undefined> {
  const sql = `SELECT IS_USED_LOCK('${runLockName}') AS id`
  const [row] = await connection.read({ doing: 'look at the run lock', sql }, signal)
  return row?.['id'] == null ? undefined : Number(row['id'])
}
