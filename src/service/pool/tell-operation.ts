import type { EventEmitter } from 'node:events'
import { statusOf } from './driver.ts'
import type { Operation } from './operation.ts'
import type { PoolCore } from './pool-core.ts'
import { rememberError } from './remember-error.ts'

/** Follows a command that nobody gave a callback for. Called before anybody else can listen to it. */
export function listenTo(operation: Operation, core: PoolCore, settle: (error: Error | null) => void): void {
  const { command, traits } = operation
  if (command === undefined) return
  command.on('error', (error: Error) => {
    operation.failure = error
    if (!operation.isSettled) rememberError(error, operation, core)
  })
  if (traits.mayWrite || traits.transaction !== 'none') {
    command.on('result', (result: unknown) => (operation.status = statusOf(result)))
  }
  command.on('end', () => settle(operation.failure ?? null))
}

/**
 * Passes an outcome on. Events of the command itself were heard already.
 *
 * @param later it is being sent even now: nobody is answered within the call in which he asks.
 */
export function tell(
  operation: Operation,
  error: Error | null,
  result: unknown,
  fields: unknown,
  later: boolean,
): void {
  if (later) return process.nextTick(tell, operation, error, result, fields, false)
  const { callback, command } = operation
  // Some look at how many values they are given.
  if (callback !== undefined) {
    if (error !== null) callback(error)
    else if (fields === undefined) callback(null, result)
    else callback(null, result, fields)
  } else if (error !== null && operation.failure === undefined) {
    // The driver leaves a stream whose connection is lost without an end.
    command?.emit('error', error)
    command?.emit('end')
  }
}

/** Says of a connection on which nothing was under way that it has ended. */
export function tellEnded(connection: EventEmitter, error: Error): void {
  if (connection.listenerCount('error') > 0) connection.emit('error', error)
  connection.emit('end')
}

/** The same as {@link tell} for one that was never sent. */
export function tellUnsent(operation: Operation, error: Error): void {
  if (operation.isSettled) return
  operation.isSettled = true
  tell(operation, error, undefined, undefined, false)
  if (operation.callback !== undefined) operation.command?.emit('end')
}
