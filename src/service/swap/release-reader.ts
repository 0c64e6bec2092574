import type { Connection, ConnectionOptions, RowDataPacket } from 'mysql2/promise'
import { createConnection } from 'mysql2/promise'
import { CutoverError } from '../../core/errors.ts'
import { orAborted } from '../../core/deadline.ts'
import { readReleaseSql } from '../../core/write-release.ts'
import type { Datasource } from './datasource.ts'
import type { ReleaseRow } from './swap-hands.ts'

/** Asks the target, on a connection of its own, whether it takes the service's writes. */
export interface ReleaseReader {
  /**
   * Opens the connection when there is none; one that fails or takes too long is given up, and the next question opens
   * another.
   * @throws the driver's error, which must not be shown as it is.
   */
  read(runId: string, signal: AbortSignal): Promise<ReleaseRow | null>
  close(): void
}

const connectWithinMs = 3000
const answerWithinMs = 1000

/** @param driver what else a connection needs, such as `ssl`. */
export function createReleaseReader(
  service: string,
  target: Datasource,
  driver: ConnectionOptions,
): ReleaseReader {
  let session: Promise<Connection> | undefined
  let closed = false

  async function open(): Promise<Connection> {
    const opened = await createConnection({
      ...driver,
      host: target.host,
      port: target.port,
      user: target.user,
      password: target.password.reveal(),
      database: target.schema,
      connectTimeout: connectWithinMs,
    })
    // Without a listener the loss of an idle connection would end the process.
    opened.on('error', giveUp)
    // A server may start sessions without it; each question would then see the first one's snapshot.
    await opened.query({ sql: 'SET autocommit = 1', timeout: answerWithinMs }).catch((error: unknown) => {
      opened.destroy()
      throw error
    })
    return opened
  }

  /** The next question opens another connection. */
  function giveUp(): void {
    const lost = session
    session = undefined
    lost?.then(
      (connection) => connection.destroy(),
      () => undefined, // nothing was opened
    )
  }

  return {
    async read(runId, signal) {
      if (closed) throw new CutoverError('interrupted', 'the release is not asked for any more')
      session ??= open()
      const asked = session
      try {
        const connection = await orAborted(asked, signal)
        const values = [service, runId]
        const question = connection.query<RowDataPacket[]>({
          sql: readReleaseSql,
          values,
          timeout: answerWithinMs,
        })
        const [rows] = await orAborted(question, signal)
        return rows[0] === undefined ? null : { epoch: Number(rows[0]['epoch']) }
      } catch (error) {
        if (session === asked) giveUp()
        throw error
      }
    },
    close() {
      closed = true
      giveUp()
    },
  }
}
