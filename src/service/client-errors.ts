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
}

const poolNames: ReadonlySet<string> = new Set([
  'KnexTimeoutError',
  'SequelizeConnectionAcquireTimeoutError',
  'ConnectionAcquireTimeoutError',
])

const messages: readonly (readonly [pattern: RegExp, fate: ClientFate])[] = [
  [/^Pool is closed\.?$/, 'not-sent'],
  [/^(Queue limit reached|No connections available)\.?$/, 'no-connection'],
  [/Unable to acquire a connection/, 'no-connection'],
  [/^Can't (add new command when connection is|write) in closed state/, 'session-gone'],
]

/** The pool timeout of the MariaDB connector carries a number like a server error, but is the client's. */
export const connectorPoolTimeout = 45028

/** Undefined: not an error of a database client. */
export function clientFate(error: DriverError): ClientFate | undefined {
  if (error.errno === connectorPoolTimeout || poolNames.has(error.name)) return 'no-connection'
  const driver = error.code === undefined ? undefined : driverCodes[error.code]
  if (driver !== undefined) return driver
  const network = error.code === undefined ? undefined : networkCodes[error.code]
  // Drivers mark errors of their connection as fatal. An HTTP call to somebody else fails with the same codes.
  if (network !== undefined && error.fatal) return error.syscall === 'connect' ? 'not-sent' : network
  return messages.find(([pattern]) => pattern.test(error.message))?.[1]
}
