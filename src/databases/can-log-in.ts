import type { Credentials, LoginResult } from '../core/ports/database-server.ts'
import { openDriverConnection } from './connect.ts'
import { readDriverError } from './driver-error.ts'
import { describeDriverError, serverError } from './server-error.ts'
import type { ServerSession } from './server-session.ts'

/** Opens a session as the account and closes it again. A server that cannot be reached is an error, not a no. */
export async function canLogIn(
  session: ServerSession,
  credentials: Credentials,
  schema: string | undefined,
  signal: AbortSignal,
): Promise<LoginResult> {
  try {
    const login = { ...credentials, ...(schema === undefined ? {} : { schema }) }
    const opened = await openDriverConnection(session.spec, login, signal)
    opened.destroy()
    return { ok: true }
  } catch (error) {
    signal.throwIfAborted()
    if (readDriverError(error).errno === undefined) throw serverError(error, session.address, 'log in')
    return { ok: false, reason: `${credentials.user} was refused: ${describeDriverError(error)}` }
  }
}
