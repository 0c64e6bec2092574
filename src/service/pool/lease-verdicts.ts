import { GateError } from '../gate/gate-error.ts'
import type { Operation } from './operation.ts'
import { connectionLost } from './session-ended.ts'

// The fence ends sessions one after the other: the next connection may be the next to go.
const attempts = 3

/**
 * May a statement whose session ended be sent once more, on another one? A read outside a transaction, and what was
 * definitely not sent. Whoever listens to events may have heard a part of the answer.
 *
 * @param isAlone nothing was sent behind it.
 */
export function mayTryAgain(operation: Operation, ended: 'unsent' | 'lost', isAlone: boolean): boolean {
  if (operation.callback === undefined || operation.sql === undefined) return false
  if (operation.attempt + 1 >= attempts) return false
  if (ended === 'lost' && (operation.wrote || operation.commitSent)) return false
  const { transaction } = operation.traits
  if (transaction === 'none') return true
  // What was sent behind it was to be in the transaction, and is lost.
  return isAlone && transaction.startsWith('begin')
}

/** The driver stopped waiting; the server goes on executing. */
export function isTimeout(error: object): boolean {
  return 'code' in error && error.code === 'PROTOCOL_SEQUENCE_TIMEOUT'
}

/** The driver's pool closes a connection after one of these: behind its name there may be another server by now. */
export function refusesAllWrites(error: object): boolean {
  return 'errno' in error && (error.errno === 1290 || error.errno === 1792 || error.errno === 1836)
}

/** A right on a table or a column was missing; it may have been given since the session looked. */
export function refusesRight(error: object): boolean {
  return 'errno' in error && (error.errno === 1142 || error.errno === 1143)
}

/** For a lease whose session is of the datasource that was left, and has what the next one has not. */
export function stranded(): GateError {
  return new GateError(
    'refused',
    'This connection had state of its own (a lock, a temporary table, a prepared statement, a variable) on the datasource that was left. Take a new one.',
  )
}

/** What an operation is told that was under way when its connection was closed for `reason`. */
export function closedUnder(operation: Operation, reason: Error): Error {
  const mayHaveCommitted = operation.commitSent || (operation.wrote && !operation.inTransaction)
  return mayHaveCommitted ? connectionLost('it was closed by the pool.') : reason
}
