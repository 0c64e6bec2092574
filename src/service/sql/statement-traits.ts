/** What the text of a statement says about it. Where the text is unclear, the dangerous answer. */
export interface StatementTraits {
  /** True: it may change data, or wants locks that a fence refuses. */
  readonly mayWrite: boolean
  readonly transaction: TransactionEffect
  /** True: the session has something afterwards that another one has not (variable, lock, temporary table, cursor). */
  readonly leavesState: boolean
  /** True: the text holds more than one statement. */
  readonly several: boolean
}

/**
 * What happens to the transaction of the session. `begin-read-only`: it can change nothing. `chain`: one ends and the
 * next begins. `implicit-commit`: definition statements. `autocommit-on`, `autocommit-off`: SET autocommit.
 * `unclear`: the text does not tell, only the session can: several statements with different effects, XA, CALL, EXECUTE,
 * UNLOCK TABLES, a value of autocommit that is no literal, anything unknown.
 */
export type TransactionEffect =
  | 'none'
  | 'begin'
  | 'begin-read-only'
  | 'commit'
  | 'commit-chain'
  | 'rollback'
  | 'rollback-chain'
  | 'implicit-commit'
  | 'autocommit-on'
  | 'autocommit-off'
  | 'unclear'

export interface TraitsOptions {
  /** Stored functions that write, lower case, without schema: a SELECT that names one is a write. Default: none. */
  readonly writeFunctions?: ReadonlySet<string>
}
