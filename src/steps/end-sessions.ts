import { sessionsOf } from '../core/account-sessions.ts'
import type { DatabaseServer } from '../core/ports/database-server.ts'
import type { AccountName } from '../core/refs.ts'

/** Ends every session of the account. A live session keeps its rights when they are revoked or the account is dropped. */
export async function endSessions(
  server: DatabaseServer,
  account: AccountName,
  signal: AbortSignal,
): Promise<void> {
  for (const session of sessionsOf([account], await server.sessions(signal))) {
    await server.endSession(session.id, signal)
  }
}
