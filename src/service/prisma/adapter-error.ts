import type { ClientFate } from '../client-errors.ts'
import { clientFate } from '../client-errors.ts'
import type { DriverError } from '../find-driver-errors.ts'
import { findDriverErrors } from '../find-driver-errors.ts'
import { isFields, readField } from '../walk-error.ts'
import { mapServerError } from './map-server-error.ts'
import type { MappedError } from './mapped-error.ts'

/**
 * An error as Prisma's client takes it from an adapter, which it knows by its name; the client's own error has it as
 * `meta.driverAdapterError`.
 */
export class AdapterError extends Error {
  override readonly name = 'DriverAdapterError'
  override readonly cause: MappedError
  /**
   * What the pool threw, with what it remembers of its unit of work: `classify` finds it here. It is not enumerable,
   * for it holds the text of the statement, and the client's errors are written to logs as JSON.
   */
  declare readonly driverError: unknown

  constructor(cause: MappedError, driverError?: unknown) {
    super('message' in cause ? cause.message : cause.kind)
    this.cause = cause
    Object.defineProperty(this, 'driverError', { value: driverError })
  }
}

/** What an error of the pool is to Prisma. What is no error of a database, such as a mistake in a value, stays as it is. */
export function toAdapterError(error: unknown): unknown {
  if (error instanceof AdapterError) return error
  for (const found of findDriverErrors(error)) {
    const mapped = map(found, error)
    if (mapped !== undefined) return new AdapterError(mapped, error)
  }
  return error
}

function map(found: DriverError, error: unknown): MappedError | undefined {
  const { errno, gate, message } = found
  if (gate !== undefined) {
    const originalCode = `CUTOVER_${gate.toUpperCase()}`
    return { kind: 'mysql', code: 0, message, state: 'HY000', originalCode, originalMessage: message }
  }
  if (errno !== undefined) return mapServerError(errno, message, sqlStateOf(error))
  const fate = clientFate(found)
  return fate === undefined ? undefined : { ...ofClient(fate, message), originalMessage: message }
}

function ofClient(fate: ClientFate, message: string): MappedError {
  switch (fate) {
    case 'not-sent':
      return { kind: 'DatabaseNotReachable' }
    case 'session-gone':
    case 'lost':
      return { kind: 'ConnectionClosed' }
    case 'no-connection':
      return { kind: 'TooManyConnections', cause: message }
    case 'timed-out':
      return { kind: 'SocketTimeout' }
  }
}

function sqlStateOf(error: unknown): string {
  const state = isFields(error) ? readField(error, 'sqlState') : undefined
  return typeof state === 'string' && state !== '' ? state : 'HY000'
}
