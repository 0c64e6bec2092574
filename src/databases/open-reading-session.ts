import type { RowDataPacket } from 'mysql2/promise'
import type { Secrets } from '../core/ports/secrets.ts'
import type { DatabaseSpec } from '../core/system-specs.ts'
import { orAborted } from '../core/deadline.ts'
import { connectAsRunner } from './connect.ts'
import { interruptStatement } from './interrupt-statement.ts'
import { addressOf } from './server-address.ts'
import { serverError } from './server-error.ts'

/**
 * One session that never reconnects: what it began (a snapshot, session variables) holds until it is closed. Closing it
 * ends a statement that still runs, on the server too: a scan of a large table would go on for minutes.
 */
export interface ReadingSession extends AsyncDisposable {
  /**
   * One at a time.
   * @throws CutoverError without SQL text; the signal's reason, after which the statement has been ended on the server
   *   and the session is closed.
   */
  query(
    sql: string,
    params: readonly (string | number | null)[],
    signal: AbortSignal,
  ): Promise<readonly Readonly<Record<string, unknown>>[]>
}

/** Opens a session of its own as the kit's account. @throws as {@link connectAsRunner}. */
export async function openReadingSession(
  name: string,
  spec: DatabaseSpec,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<ReadingSession> {
  const connection = await connectAsRunner(name, spec, secrets, signal)
  // The loss of an idle session is an event; the next query reports it.
  connection.on('error', () => undefined)
  let running = false
  async function close(): Promise<void> {
    if (running) await interruptStatement(name, spec, secrets, connection.threadId)
    running = false
    connection.destroy()
  }
  return {
    async query(sql, params, signal) {
      signal.throwIfAborted()
      running = true
      const answer = connection.query<RowDataPacket[]>(sql, [...params]).finally(() => {
        running = false
      })
      try {
        const [rows] = await orAborted(answer, signal)
        return rows
      } catch (error) {
        if (signal.aborted) await close()
        signal.throwIfAborted()
        throw serverError(error, addressOf(name, spec), 'read rows to compare')
      }
    },
    [Symbol.asyncDispose]: close,
  }
}
