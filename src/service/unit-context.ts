/**
 * What was going on when the error came. `unit` = one autocommit statement, or one explicit transaction.
 * What is left out is taken to be the dangerous case.
 */
export interface UnitContext {
  /** An explicit transaction was open. Default false: the statement committed by itself. */
  readonly inTransaction?: boolean
  /** COMMIT had been sent. Default false. */
  readonly commitSent?: boolean
  /** Could the unit have changed anything? Default true. */
  readonly statementIsWrite?: boolean
  /** The text held several statements; those before the failed one stand. Default false. */
  readonly multiStatement?: boolean
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

/** What {@link rememberUnit} was told about this error; undefined when nothing was. */
export function recallUnit(error: unknown): UnitContext | undefined {
  return typeof error === 'object' && error !== null ? contexts.get(error) : undefined
}
