import { escapeId } from 'mysql2'
import type { PoolCore } from './pool-core.ts'
import type { Session } from './session.ts'

/**
 * Sends what a session has to be told before its first statement for a lease; the answers are not waited for, the
 * statement follows at once.
 *
 * @param settings what the lease had told the session that it had before.
 */
export function prepareSession(
  session: Session,
  core: PoolCore,
  settings: readonly string[],
  autocommit: boolean,
): void {
  const { connection } = session
  if (session.isUnseen) {
    session.isUnseen = false
    core.onUnseen(connection)
  }
  if (session.isStale) {
    session.isStale = false
    const { schema } = core.current
    // When it fails the session stays as it was, and what the next statement is answered tells why.
    if (schema !== '') connection.query(`USE ${escapeId(schema)}`, () => undefined)
  }
  for (const text of settings) connection.query(text, (error) => warnOf(error))
  if (!autocommit) connection.query('SET autocommit = 0', (error) => warnOf(error))
}

function warnOf(error: unknown): void {
  if (error === null || error === undefined) return
  const { errno } = error as { errno?: unknown }
  process.emitWarning(
    `A setting of a session could not be repeated on the next one (error ${String(errno)}).`,
  )
}
