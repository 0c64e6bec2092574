import type { Connection, ConnectionOptions, RowDataPacket } from 'mysql2/promise'
import { createConnection } from 'mysql2/promise'
import { orAborted } from '../../core/deadline.ts'
import type { Datasource } from './datasource.ts'
import type { ReleaseRow } from './swap-hands.ts'

/** Asks the target, on a connection of its own, whether it takes the service's writes. */
export interface ReleaseReader {
  /**
   * One question at a time. Opens the connection when there is none; one that fails or takes too long is given up, and
   * the next question opens another.
   * @throws the driver's error, which must not be shown as it is.
   */
  read(runId: string, signal: AbortSignal): Promise<ReleaseRow | null>
  close(): void
}

const sql = 'SELECT epoch FROM cutover_kit.write_release WHERE service = ? AND run_id = ?'
const connectWithinMs = 3000
const answerWithinMs = 1000

/** @param driver what else a connection needs, such as `ssl`. */
export function createReleaseReader(
  service: string,
  target: Datasource,
  driver: ConnectionOptions,
): ReleaseReader {
  let connection: Connection | undefined
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
    opened.on('error', () => giveUp(opened))
    connection = opened
    if (closed) giveUp(opened)
    // A server may start sessions without it; each question would then see the first one's snapshot.
    await opened.query({ sql: 'SET autocommit = 1', timeout: answerWithinMs })
    return opened
  }

  function giveUp(lost: Connection): void {
    lost.destroy()
    if (connection === lost) connection = undefined
  }

  return {
    async read(runId, signal) {
      try {
        const session = connection ?? (await orAborted(open(), signal))
        const question = session.query<RowDataPacket[]>({
          sql,
          values: [service, runId],
          timeout: answerWithinMs,
        })
        const [rows] = await orAborted(question, signal)
        return rows[0] === undefined ? null : { epoch: Number(rows[0]['epoch']) }
      } catch (error) {
        if (connection !== undefined) giveUp(connection)
        throw error
      }
    },
    close() {
      closed = true
      if (connection !== undefined) giveUp(connection)
    },
  }
}
