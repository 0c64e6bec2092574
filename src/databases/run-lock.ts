import type { RowDataPacket } from 'mysql2/promise'
import type { Secrets } from '../core/ports/secrets.ts'
import type { DatabaseSpec } from '../core/system-specs.ts'
import { orAborted } from '../core/deadline.ts'
import { CutoverError } from '../core/errors.ts'
import { connectAsRunner } from './connect.ts'
import { addressOf, formatAddress } from './server-address.ts'
import { serverError } from './server-error.ts'

/** One name for all runs: two moves that share a server would disturb each other's proofs. */
const lockName = 'cutover-kit:run'

/**
 * How long a lock may still be held by a runner that has just died, seconds: the server learns of it when the
 * connection breaks.
 */
const patienceSeconds = 5

/** Longest silence the server allows the lock's session: an operator may think for hours. Seconds. */
const idleSeconds = 7 * 24 * 3600

/**
 * Takes the run lock of a server, so that two runs do not start side by side: GET_LOCK on a session of its own. The
 * server lets go of it when that session ends, however it ends, so a crash leaves nothing to clean up.
 * @throws CutoverError `locked`, naming the session that holds it.
 */
export async function takeRunLock(
  name: string,
  spec: DatabaseSpec,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const connection = await connectAsRunner(name, spec, secrets, signal)
  // A lock that is lost later keeps nobody out any more, but stopping half-way for it would be worse.
  connection.on('error', () => undefined)
  const ask = async (sql: string): Promise<RowDataPacket | undefined> => {
    try {
      const [rows] = await orAborted(connection.query<RowDataPacket[]>(sql), signal)
      return rows[0]
    } catch (error) {
      signal.throwIfAborted()
      throw serverError(error, addressOf(name, spec), 'take the run lock')
    }
  }
  try {
    await ask(`SET SESSION wait_timeout = ${idleSeconds}`)
    const taken = await ask(`SELECT GET_LOCK('${lockName}', ${patienceSeconds}) AS taken`)
    if (Number(taken?.['taken']) !== 1) throw heldByOther(name, spec, await ask(holderQuery))
  } catch (error) {
    connection.destroy()
    throw error
  }
  return {
    [Symbol.asyncDispose]() {
      connection.destroy()
      return Promise.resolve()
    },
  }
}

const holderQuery = `SELECT id AS id, user AS user, host AS host FROM information_schema.processlist
  WHERE id = IS_USED_LOCK('${lockName}')`

function heldByOther(name: string, spec: DatabaseSpec, holder: RowDataPacket | undefined): CutoverError {
  const who = holder
    ? `session ${String(holder['id'])} of ${String(holder['user'])} from ${String(holder['host'])} holds its lock`
    : 'its lock is held'
  return new CutoverError('locked', `Another run works on ${formatAddress(addressOf(name, spec))}: ${who}`, {
    where: name,
    hint: 'Wait for it to end. If its process is gone for good, end that session with KILL.',
  })
}
