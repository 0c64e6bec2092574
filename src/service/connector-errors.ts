import type { ClientFate } from './client-errors.ts'

/** Errors that the MariaDB connector makes itself, by its number. Those not listed are mistakes of the caller. */
const fates: Readonly<Record<number, ClientFate>> = {
  45001: 'session-gone', // connection already closed
  45004: 'lost', // destroyed while the command waited or ran
  45009: 'lost', // socket closed unexpectedly
  45011: 'lost', // unexpected packet
  45012: 'not-sent', // connecting took too long
  45013: 'session-gone', // command on a closed connection
  45019: 'lost', // socket error
  45023: 'not-sent', // the server has no TLS
  45024: 'not-sent', // authentication
  45025: 'not-sent',
  45026: 'lost', // nothing heard in time; the socket is closed
  45027: 'not-sent', // pool closed
  45028: 'no-connection', // no connection in time
  45035: 'not-sent', // pool closing
  45037: 'not-sent',
  45044: 'not-sent', // authentication and TLS
  45047: 'not-sent',
  45056: 'not-sent',
  45057: 'not-sent',
  45059: 'not-sent',
  45060: 'not-sent', // pool not ready
  45061: 'no-connection',
  45062: 'not-sent',
}

/** Undefined: not about a connection. */
export function connectorFate(errno: number): ClientFate | undefined {
  return fates[errno]
}
