import { CutoverError } from '../core/errors.ts'
import { isConnectionLoss, notSent, readDriverError } from './driver-error.ts'
import { formatAddress, type ServerAddress } from './server-address.ts'
import { serverError } from './server-error.ts'
import type { Row, Statement } from './statement.ts'
import { createTurns } from './turns.ts'
import { createWire, type WireOptions } from './wire.ts'

/** The kit's own session on a server; it reconnects by itself after it was lost while idle. */
export interface Connection extends AsyncDisposable {
  /** A statement that changes nothing. It is sent once more when the session was lost on the way. */
  read(statement: Statement, signal: AbortSignal): Promise<readonly Row[]>
  /**
   * A statement that changes something. It is sent at most once.
   * @throws `system.ambiguous` when the session was lost and its fate is unknown; settle that by reading.
   */
  change(statement: Statement, signal: AbortSignal): Promise<void>
  /** Opens the session, or tries one that has been idle for a while, so that it is there when users wait for it. */
  keepReady(signal: AbortSignal): Promise<void>
  /** The server's number of the present session, if there is one. */
  sessionId(): number | undefined
}

export interface ConnectionOptions extends WireOptions {
  readonly address: ServerAddress
}

/**
 * After so long without a statement, the session is tried before something is changed, milliseconds. Longer than the lead
 * of a hold, so that users do not wait for that; whoever ends idle sessions (a proxy, a firewall) waits longer.
 */
const staleAfterMs = 15_000
/** After so long one that has to be ready is tried, milliseconds. */
const triedForMs = 500

const tryIt = { doing: 'use its session', sql: 'DO 0' }

export function createConnection(options: ConnectionOptions): Connection {
  const { address } = options
  const turns = createTurns()
  const wire = createWire(options)

  async function sendRead(statement: Statement, signal: AbortSignal): Promise<readonly Row[]> {
    try {
      return await wire.send(statement, signal)
    } catch (error) {
      if (signal.aborted || !isConnectionLoss(readDriverError(error))) throw error
      return wire.send(statement, signal)
    }
  }

  async function sendChange(statement: Statement, signal: AbortSignal): Promise<readonly Row[]> {
    if ((wire.idleMs() ?? 0) > staleAfterMs) await sendRead(tryIt, signal)
    try {
      return await wire.send(statement, signal)
    } catch (error) {
      const driver = readDriverError(error)
      if (signal.aborted || !isConnectionLoss(driver)) throw error
      if (driver.code !== notSent) throw unknownFate(address, statement)
      return wire.send(statement, signal)
    }
  }

  async function inTurn(
    send: typeof sendRead,
    statement: Statement,
    signal: AbortSignal,
  ): Promise<readonly Row[]> {
    try {
      return await turns.take(() => send(statement, signal), signal)
    } catch (error) {
      signal.throwIfAborted()
      const { errno } = readDriverError(error)
      if (errno !== undefined && statement.fine?.includes(errno) === true) return []
      if (errno !== undefined && statement.onError?.(errno) === true) return []
      throw serverError(error, address, statement.doing, statement.needs)
    }
  }

  return {
    read: (statement, signal) => inTurn(sendRead, statement, signal),
    change: async (statement, signal) => {
      await inTurn(sendChange, statement, signal)
    },
    async keepReady(signal) {
      if ((wire.idleMs() ?? Infinity) > triedForMs) await inTurn(sendRead, tryIt, signal)
    },
    sessionId: () => wire.sessionId(),
    [Symbol.asyncDispose]: () => wire.close(),
  }
}

function unknownFate(address: ServerAddress, statement: Statement): CutoverError {
  return new CutoverError(
    'system.ambiguous',
    `${formatAddress(address)}: the session was lost while the kit wanted to ${statement.doing}; it may or may not have happened`,
    {
      where: `${address.host}:${address.port}`,
      hint: 'Run it again: the kit reads the state before it acts.',
    },
  )
}
