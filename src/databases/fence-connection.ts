import { CutoverError } from '../core/errors.ts'
import { orAborted } from '../core/deadline.ts'
import type { Connection } from './connection.ts'
import { keepOutOfLog } from './keep-out-of-log.ts'
import { formatAddress } from './server-address.ts'
import { serverError } from './server-error.ts'
import type { ServerSession } from './server-session.ts'

/** Seconds that a statement which closes a server or a schema waits for sessions that are in its way. */
const lockWaitSeconds = 5

/**
 * The session that raises and lowers fences of schemas and servers. It is kept open: opening one takes longer than all of
 * its statements together, and users wait meanwhile.
 *
 * @param unlogged true: what it does must not replicate; without the right to that it is not opened.
 */
export function openFenceConnection(session: ServerSession, unlogged: boolean): Connection {
  const { address } = session
  return session.openConnection(async (driver, signal) => {
    try {
      await orAborted(driver.query(`SET SESSION lock_wait_timeout = ${lockWaitSeconds}`), signal)
    } catch (error) {
      signal.throwIfAborted()
      throw serverError(error, address, 'limit how long a fence waits for locks')
    }
    if (unlogged && !(await keepOutOfLog(driver, address, signal))) throw mustBeKeptOut(session)
  })
}

function mustBeKeptOut({ address }: ServerSession): CutoverError {
  return new CutoverError(
    'system.forbidden',
    `${formatAddress(address)}: a read-only schema would replicate and close the other side, too`,
    {
      where: `${address.host}:${address.port}`,
      hint: `Give '${address.user}' SYSTEM_VARIABLES_ADMIN, so that it can keep this out of the log (sql_log_bin), or use another fence.`,
    },
  )
}
