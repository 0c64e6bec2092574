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
  let current: DriverSession | undefined
  let lastAnswer = 0

  async function session(signal: AbortSignal): Promise<DriverSession> {
    if (current !== undefined) return current
    const opened = watch(await open(signal), () => forget(opened))
    current = opened
    lastAnswer = clock.monotonicMs()
    return opened
  }

  function forget(lost: DriverSession): void {
    if (current === lost) current = undefined
    lost.driver.destroy()
  }

  return {
    async send(statement, signal) {
      const used = await session(signal)
      try {
        const sending = used.driver.query(statement.sql, [...(statement.values ?? [])])
        const [rows] = await orAborted(Promise.race([sending, used.lost]), signal)
        lastAnswer = clock.monotonicMs()
        return Array.isArray(rows) ? (rows as Row[]) : []
      } catch (error) {
        if (signal.aborted) {
          // The server goes on with a statement whose client left, so it is told to stop.
          await interrupt(used.driver.threadId)
          forget(used)
          throw signal.reason
        }
        if (isConnectionLoss(readDriverError(error))) forget(used)
        throw error
      }
    },
    idleMs: () => (current === undefined ? undefined : clock.monotonicMs() - lastAnswer),
    sessionId: () => current?.driver.threadId,
    async close() {
      const last = current
      current = undefined
      if (last !== undefined) await sayGoodbye(last.driver, clock)
    },
  }
}

interface DriverSession {
  readonly driver: DriverConnection
  /** Rejects when the session is lost: the driver forgets the statement in flight when its last packet is an error. */
  readonly lost: Promise<never>
}

function watch(driver: DriverConnection, onLoss: () => void): DriverSession {
  const lost = new Promise<never>((_, reject) => {
    const lose = (error?: unknown): void => {
      reject(error ?? Object.assign(new Error('session lost'), { code: 'PROTOCOL_CONNECTION_LOST' }))
      onLoss()
    }
    driver.on('error', lose)
    driver.on('end', () => lose())
  })
  // Nobody may be waiting for it.
  lost.catch(() => undefined)
  return { driver, lost }
}

/** Without a goodbye the server counts an aborted client; a server that hangs is not waited for. */
async function sayGoodbye(session: DriverConnection, clock: Clock): Promise<void> {
  const patience = new AbortController()
  const ending = session.end().catch(() => undefined)
  await Promise.race([ending, clock.sleep(goodbyeMs, patience.signal).catch(() => undefined)])
  patience.abort()
  session.destroy()
}
