import { walkError } from './walk-error.ts'

/**
 * What was going on when the error came. `unit` = one autocommit statement, or one explicit transaction.
 * What is left out is taken to be the dangerous case.
 */
export interface UnitContext {
  /** An explicit transaction was open. Default: taken for false where its end decides, for true where it must be ended. */
  readonly inTransaction?: boolean
  /** COMMIT had been sent. Default false. */
  readonly commitSent?: boolean
  /** Could the unit have changed anything? Default true. */
  readonly statementIsWrite?: boolean
  /**
   * There was more than one statement where one seems to be, and those before the failed one stand: a text with
   * several; CALL, whose routine may commit each of its own; a definition statement in a transaction, which commits
   * that before it is refused. Default false.
   */
  readonly multiStatement?: boolean
  /** False: nothing of the unit had been sent; the error came while connecting. Default true. */
  readonly sent?: boolean
  /** Which product the server is. Without it, numbers that differ between the two stay unexplained. */
  readonly flavour?: 'mysql' | 'mariadb'
}

const contexts = new WeakMap<object, UnitContext>()

/**
 * Remembers the context of an error where it is known, for whoever classifies it later. The error is not touched.
 * @returns the same error, to be thrown on.
 */
export function rememberUnit<T>(error: T, context: UnitContext): T {
  if (typeof error === 'object' && error !== null) contexts.set(error, context)
  return error
}

/** What {@link rememberUnit} was told about this error or one that it wraps, the nearest; undefined when nothing was. */
export function recallUnit(error: unknown): UnitContext | undefined {
  for (const { node } of walkError(error)) {
    const context = contexts.get(node)
    if (context !== undefined) return context
  }
  return undefined
}
