import type { Connection as DriverConnection } from 'mysql2/promise'
import { orAborted } from '../core/deadline.ts'
import type { Clock } from '../core/ports/clock.ts'
import { isConnectionLoss, readDriverError } from './driver-error.ts'
import type { Row, Statement } from './statement.ts'

/** One session of the driver at a time; opened when it is needed, dropped when it is lost. */
export interface Wire {
  /** Sends the statement once. Its errors are the driver's; an abort throws the signal's reason. */
  send(statement: Statement, signal: AbortSignal): Promise<readonly Row[]>
  /** Milliseconds since the last answer of the present session; undefined: there is no session. */
  idleMs(): number | undefined
  sessionId(): number | undefined
  close(): Promise<void>
}

export interface WireOptions {
  readonly clock: Clock
  /** Opens a session; called again after a loss. */
  readonly open: (signal: AbortSignal) => Promise<DriverConnection>
  /** Ends the statement that session `id` runs, through another session. */
  readonly interrupt: (id: number) => Promise<void>
}

const goodbyeMs = 500

export function createWire({ clock, open, interrupt }: WireOptions): Wire {
  let current: DriverConnection | undefined
  let lastAnswer = 0

  async function session(signal: AbortSignal): Promise<DriverConnection> {
    if (current !== undefined) return current
    const opened = await open(signal)
    opened.on('error', () => forget(opened))
    opened.on('end', () => forget(opened))
    current = opened
    lastAnswer = clock.monotonicMs()
    return opened
  }

  function forget(lost: DriverConnection): void {
    if (current === lost) current = undefined
    lost.destroy()
  }

  return {
    async send(statement, signal) {
      const used = await session(signal)
      try {
        const [rows] = await orAborted(used.query(statement.sql, [...(statement.values ?? [])]), signal)
        lastAnswer = clock.monotonicMs()
        return Array.isArray(rows) ? (rows as Row[]) : []
      } catch (error) {
        if (signal.aborted) {
          // The server goes on with a statement whose client left, so it is told to stop.
          await interrupt(used.threadId)
          forget(used)
          throw signal.reason
        }
        if (isConnectionLoss(readDriverError(error))) forget(used)
        throw error
      }
    },
    idleMs: () => (current === undefined ? undefined : clock.monotonicMs() - lastAnswer),
    sessionId: () => current?.threadId,
    async close() {
      const last = current
      current = undefined
      if (last !== undefined) await sayGoodbye(last, clock)
    },
  }
}

/** Without a goodbye the server counts an aborted client; a server that hangs is not waited for. */
async function sayGoodbye(session: DriverConnection, clock: Clock): Promise<void> {
  const patience = new AbortController()
  const ending = session.end().catch(() => undefined)
  await Promise.race([ending, clock.sleep(goodbyeMs, patience.signal).catch(() => undefined)])
  patience.abort()
  session.destroy()
}
