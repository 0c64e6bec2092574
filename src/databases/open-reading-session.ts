import type { RowDataPacket } from 'mysql2/promise'
import type { Secrets } from '../core/ports/secrets.ts'
import type { DatabaseSpec } from '../core/system-specs.ts'
import { orAborted } from '../core/deadline.ts'
import { connectAsRunner } from './connect.ts'
import { addressOf } from './server-address.ts'
import { serverError } from './server-error.ts'

/** One session that never reconnects: what it began (a snapshot, session variables) holds until it is closed. */
export interface ReadingSession extends AsyncDisposable {
  /** @throws CutoverError without SQL text; the signal's reason, after which the session is closed. */
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
  return {
    async query(sql, params, signal) {
      try {
        const [rows] = await orAborted(connection.query<RowDataPacket[]>(sql, [...params]), signal)
        return rows
      } catch (error) {
        if (signal.aborted) connection.destroy()
        signal.throwIfAborted()
        throw serverError(error, addressOf(name, spec), 'read rows to compare')
      }
    },
    [Symbol.asyncDispose]() {
      connection.destroy()
      return Promise.resolve()
    },
  }
}
