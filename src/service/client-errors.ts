import { connectorFate } from './connector-errors.ts'
import type { DriverError } from './find-driver-errors.ts'

/** What a client-side error says about the statement it was thrown for. */
export type ClientFate =
  /** The statement never left the process. */
  | 'not-sent'
  /** Never sent, and the transaction it belonged to is gone with its connection. */
  | 'session-gone'
  /** A pool had no connection to give. */
  | 'no-connection'
  /** Sent or partly sent, and no answer came. */
  | 'lost'
  /** The client stopped waiting; the server goes on executing. */
  | 'timed-out'

const networkCodes: Readonly<Record<string, ClientFate>> = {
  ECONNREFUSED: 'not-sent',
  ENOTFOUND: 'not-sent',
  EAI_AGAIN: 'not-sent',
  EHOSTUNREACH: 'lost',
  ENETUNREACH: 'lost',
  ETIMEDOUT: 'lost',
  ECONNRESET: 'lost',
  EPIPE: 'lost',
}

const driverCodes: Readonly<Record<string, ClientFate>> = {
  PROTOCOL_CONNECTION_LOST: 'lost',
  PROTOCOL_ERROR: 'lost',
  PROTOCOL_UNEXPECTED_PACKET: 'lost',
  PROTOCOL_SEQUENCE_TIMEOUT: 'timed-out',
  HANDSHAKE_NO_SSL_SUPPORT: 'not-sent',
  HANDSHAKE_SSL_ERROR: 'not-sent',
  HANDSHAKE_UNKNOWN_ERROR: 'not-sent',
  AUTH_SWITCH_PLUGIN_ERROR: 'not-sent',
  POOL_NOEXIST: 'not-sent',
  POOL_NONEONLINE: 'not-sent',
}

const poolNames: ReadonlySet<string> = new Set([
  'KnexTimeoutError',
  'SequelizeConnectionAcquireTimeoutError',
  'ConnectionAcquireTimeoutError',
])

const messages: Readonly<Record<string, ClientFate>> = {
  'Pool is closed.': 'not-sent',
  'Queue limit reached.': 'no-connection',
  'No connections available.': 'no-connection',
  'Unable to acquire a connection': 'no-connection',
  "Can't add new command when connection is in closed state": 'session-gone',
  "Can't write in closed state": 'session-gone',
}

/** Undefined: not an error of a database client. */
export function clientFate(error: DriverError): ClientFate | undefined {
  if (error.connectorErrno !== undefined) return connectorFate(error.connectorErrno)
  if (poolNames.has(error.name)) return 'no-connection'
  return byCode(error) ?? byMessage(error)
}

/** Prisma gave up a transaction that had not begun by its `maxWait`: the gate held it, or the pool was in use. */
const notBegun = 'Unable to start a transaction in the given time.'

function byCode({ code, fatal, syscall, message }: DriverError): ClientFate | undefined {
  if (code === undefined) return undefined
  if (code === 'P2028' && message.endsWith(notBegun)) return 'no-connection'
  if (Object.hasOwn(driverCodes, code)) return driverCodes[code]
  // Drivers mark errors of their connection as fatal. An HTTP call to somebody else fails with the same codes.
  if (!fatal || !Object.hasOwn(networkCodes, code)) return undefined
  return syscall === 'connect' ? 'not-sent' : networkCodes[code]
}

/**
 * Some of mysql2's errors have nothing but their text, and Knex puts the statement in front of it. That much is believed
 * only of an error that ended a connection and wraps nothing: other texts may end in values that came from a user.
 */
function byMessage({ message, isWrapper, fatal }: DriverError): ClientFate | undefined {
  const own = fatal && !isWrapper ? (message.split(' - ').at(-1) ?? message) : message
  return Object.hasOwn(messages, own) ? messages[own] : undefined
}
