import type { DatabaseServer } from '../core/ports/database-server.ts'
import { CutoverError } from '../core/errors.ts'
import type { ServerSession } from './server-session.ts'

const sessions = new WeakMap<DatabaseServer, ServerSession>()

/** Remembers which session stands behind a server, for adapters that say things to it that no port has a word for. */
export function rememberSession(server: DatabaseServer, session: ServerSession): void {
  sessions.set(server, session)
}

/** The session behind a server that {@link rememberSession} knows. @throws `internal` for any other server. */
export function sessionOf(server: DatabaseServer): ServerSession {
  const session = sessions.get(server)
  if (session === undefined) {
    throw new CutoverError('internal', `${server.name} was not opened by the MySQL and MariaDB adapter`)
  }
  return session
}
