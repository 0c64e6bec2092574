import { clientFate } from '../client-errors.ts'
import { findDriverErrors } from '../find-driver-errors.ts'

// KILL, shutdown, idle close, offline mode: the server says so and closes the connection.
const lastWords: ReadonlySet<number> = new Set([1053, 1927, 3032, 3169, 4031])

/**
 * How a statement's connection ended. `unsent`: before the statement was sent. `lost`: after it; undefined: it lives,
 * as far as the error tells.
 */
export function sessionEnded(error: unknown): 'unsent' | 'lost' | undefined {
  const [first] = findDriverErrors(error)
  if (first === undefined) return undefined
  if (first.errno !== undefined) return lastWords.has(first.errno) ? 'lost' : undefined
  const fate = clientFate(first)
  if (fate === 'session-gone') return 'unsent'
  return fate === 'lost' ? 'lost' : undefined
}

/** The error of a connection that was closed under its statements, as the driver would name it. */
export function connectionLost(why: string): Error {
  return Object.assign(new Error(`Connection lost: ${why}`), {
    code: 'PROTOCOL_CONNECTION_LOST',
    fatal: true,
  })
}

/** As the driver answers on a connection that is closed: the statement was not sent. */
export function connectionClosed(): Error {
  return Object.assign(new Error("Can't add new command when connection is in closed state"), { fatal: true })
}
