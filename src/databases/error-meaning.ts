/**
 * What the error numbers of MySQL and MariaDB say about the statement that failed. Pure data: no driver is loaded.
 * Key on the number, never on the driver's symbol: mysql2 names MariaDB's errors after MySQL's table.
 */
export type ErrorClass =
  /** The statement did nothing. A transaction that was open before it stays open. */
  | 'rejected'
  /** The statement did nothing and the server has already rolled the whole transaction back. */
  | 'rejected-and-rolled-back'
  /** The statement did nothing, its transaction is still open; the caller must roll back. */
  | 'statement-rejected'
  /** The statement may or may not have taken effect. */
  | 'unknown'
  /** A defect or a rule of the data; has nothing to do with a cutover. */
  | 'bug'
  /** The server is short of something; nothing was done and trying again later is reasonable. */
  | 'capacity'

export interface ErrorMeaning {
  readonly errno: number
  /** The server's own name of the error. */
  readonly symbol: string
  /** `both` only when the number means the same on MySQL and MariaDB. */
  readonly flavour: 'both' | 'mysql' | 'mariadb'
  readonly sqlState: string
  readonly class: ErrorClass
  /** When the server answers with it, for people. */
  readonly when: string
  /**
   * Can a fence cause it? `by-option`: only when the message names `--read-only` or `--super-read-only`.
   * `by-verb`: only when the refused verb in the message is a write (see `SELECT with locking clause`).
   */
  readonly refusesWrites: boolean | 'by-option' | 'by-verb'
  /** How it is known: measured on a server, the server's message file, or its manual. */
  readonly source: string
}

type Row = readonly [
  errno: number,
  symbol: string,
  flavour: ErrorMeaning['flavour'],
  sqlState: string,
  refusesWrites: ErrorMeaning['refusesWrites'],
  source: 'measured' | 'message file' | 'manual',
  when: string,
]

/**
 * A statement or a login that the server refused as a whole.
 * 1290 as the answer to COMMIT has rolled the transaction back (measured).
 */
const rejected: readonly Row[] = [
  [
    1290,
    'ER_OPTION_PREVENTS_STATEMENT',
    'both',
    'HY000',
    'by-option',
    'measured',
    'read_only, or any option',
  ],
  [1836, 'ER_READ_ONLY_MODE', 'both', 'HY000', true, 'message file', 'InnoDB runs in read-only mode'],
  [1874, 'ER_INNODB_READ_ONLY', 'both', 'HY000', true, 'message file', 'innodb_read_only or force recovery'],
  [1036, 'ER_OPEN_AS_READONLY', 'both', 'HY000', true, 'measured', 'MariaDB under innodb_read_only'],
  [3989, 'ER_SCHEMA_READ_ONLY', 'mysql', 'HY000', true, 'manual', 'ALTER SCHEMA … READ ONLY = 1'],
  [1142, 'ER_TABLEACCESS_DENIED_ERROR', 'both', '42000', 'by-verb', 'measured', 'right on the table missing'],
  [1143, 'ER_COLUMNACCESS_DENIED_ERROR', 'both', '42000', 'by-verb', 'measured', 'right on a column missing'],
  [1370, 'ER_PROCACCESS_DENIED_ERROR', 'both', '42000', false, 'message file', 'EXECUTE missing'],
  [
    1044,
    'ER_DBACCESS_DENIED_ERROR',
    'both',
    '42000',
    false,
    'measured',
    'no right on the schema, or it is gone',
  ],
  [1045, 'ER_ACCESS_DENIED_ERROR', 'both', '28000', false, 'measured', 'login refused'],
  [1698, 'ER_ACCESS_DENIED_NO_PASSWORD_ERROR', 'both', '28000', false, 'message file', 'login refused'],
  [3118, 'ER_ACCOUNT_HAS_BEEN_LOCKED', 'mysql', 'HY000', true, 'measured', 'the account is locked'],
  [4151, 'ER_ACCOUNT_HAS_BEEN_LOCKED', 'mariadb', 'HY000', true, 'measured', 'the account is locked'],
  [
    1129,
    'ER_HOST_IS_BLOCKED',
    'both',
    'HY000',
    false,
    'message file',
    'host had too many broken connections',
  ],
  [1130, 'ER_HOST_NOT_PRIVILEGED', 'both', 'HY000', false, 'measured', 'no account for this host'],
  [1049, 'ER_BAD_DB_ERROR', 'both', '42000', false, 'measured', 'unknown schema'],
  [4031, 'ER_CLIENT_INTERACTION_TIMEOUT', 'mysql', 'HY000', false, 'manual', 'session closed after idling'],
]

const rolledBack: readonly Row[] = [
  [1213, 'ER_LOCK_DEADLOCK', 'both', '40001', false, 'measured', 'deadlock; repeat the whole transaction'],
  [3100, 'ER_RUN_HOOK_ERROR', 'mysql', 'HY000', true, 'message file', 'group replication refuses the commit'],
  [
    3101,
    'ER_TRANSACTION_ROLLBACK_DURING_COMMIT',
    'mysql',
    '40000',
    false,
    'message file',
    'certification failed',
  ],
]

const statementRejected: readonly Row[] = [
  [
    1792,
    'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
    'both',
    '25006',
    false,
    'message file',
    'READ ONLY begun',
  ],
  [1205, 'ER_LOCK_WAIT_TIMEOUT', 'both', 'HY000', false, 'measured', 'a lock was not given in time'],
  [3572, 'ER_LOCK_NOWAIT', 'mysql', 'HY000', false, 'message file', 'NOWAIT and the row is locked'],
  [1969, 'ER_STATEMENT_TIMEOUT', 'mariadb', '70100', false, 'measured', 'max_statement_time passed'],
  [3024, 'ER_QUERY_TIMEOUT', 'mysql', 'HY000', false, 'message file', 'max_execution_time passed'],
]

/** On COMMIT, an autocommit write or a CALL the fate of the work is open. */
const unknown: readonly Row[] = [
  [1053, 'ER_SERVER_SHUTDOWN', 'both', '08S01', true, 'measured', 'the server stopped during the statement'],
  [
    1317,
    'ER_QUERY_INTERRUPTED',
    'both',
    '70100',
    false,
    'measured',
    'KILL QUERY; the transaction stays open',
  ],
  [1927, 'ER_CONNECTION_KILLED', 'mariadb', '70100', true, 'measured', 'KILL or shutdown'],
  [3169, 'ER_SESSION_WAS_KILLED', 'mysql', 'HY000', true, 'message file', 'KILL'],
  [
    3032,
    'ER_SERVER_OFFLINE_MODE',
    'mysql',
    'HY000',
    true,
    'manual',
    'offline_mode; at login nothing was done',
  ],
]

const capacity: readonly Row[] = [
  [1040, 'ER_CON_COUNT_ERROR', 'both', '08004', false, 'measured', 'max_connections reached'],
  [
    1203,
    'ER_TOO_MANY_USER_CONNECTIONS',
    'both',
    '42000',
    false,
    'message file',
    'the account has too many sessions',
  ],
  [1226, 'ER_USER_LIMIT_REACHED', 'both', '42000', false, 'measured', 'a limit of the account is reached'],
]

const bug: readonly Row[] = [
  [1820, 'ER_MUST_CHANGE_PASSWORD', 'both', 'HY000', false, 'message file', 'the password has expired'],
  [1862, 'ER_MUST_CHANGE_PASSWORD_LOGIN', 'both', 'HY000', false, 'message file', 'the password has expired'],
  [
    1227,
    'ER_SPECIFIC_ACCESS_DENIED_ERROR',
    'both',
    '42000',
    false,
    'measured',
    'an administrative right is missing',
  ],
  [1449, 'ER_NO_SUCH_USER', 'both', 'HY000', false, 'message file', 'the definer does not exist'],
  [1356, 'ER_VIEW_INVALID', 'both', 'HY000', false, 'message file', 'the view or its definer is broken'],
  [1223, 'ER_CANT_UPDATE_WITH_READLOCK', 'both', 'HY000', false, 'message file', 'own FLUSH … READ LOCK'],
  [1099, 'ER_TABLE_NOT_LOCKED_FOR_WRITE', 'both', 'HY000', false, 'message file', 'own LOCK TABLES'],
  [1100, 'ER_TABLE_NOT_LOCKED', 'both', 'HY000', false, 'message file', 'own LOCK TABLES'],
  [1146, 'ER_NO_SUCH_TABLE', 'both', '42S02', false, 'measured', 'no such table'],
  [1054, 'ER_BAD_FIELD_ERROR', 'both', '42S22', false, 'measured', 'no such column'],
  [1064, 'ER_PARSE_ERROR', 'both', '42000', false, 'measured', 'syntax error'],
  [1062, 'ER_DUP_ENTRY', 'both', '23000', false, 'measured', 'duplicate key'],
  [1048, 'ER_BAD_NULL_ERROR', 'both', '23000', false, 'message file', 'NULL in a NOT NULL column'],
  [1364, 'ER_NO_DEFAULT_FOR_FIELD', 'both', 'HY000', false, 'message file', 'no value and no default'],
  [1406, 'ER_DATA_TOO_LONG', 'both', '22001', false, 'message file', 'the value is too long'],
  [1451, 'ER_ROW_IS_REFERENCED_2', 'both', '23000', false, 'message file', 'foreign key: a child row exists'],
  [1452, 'ER_NO_REFERENCED_ROW_2', 'both', '23000', false, 'message file', 'foreign key: no parent row'],
  [1136, 'ER_WRONG_VALUE_COUNT_ON_ROW', 'both', '21S01', false, 'message file', 'wrong number of values'],
  [
    1418,
    'ER_BINLOG_UNSAFE_ROUTINE',
    'both',
    'HY000',
    false,
    'message file',
    'routine not declared deterministic',
  ],
]

/** One row per number and flavour. A number that is not here has no meaning for a cutover: treat it as a bug. */
export const errorMeanings: readonly ErrorMeaning[] = Object.freeze([
  ...named('rejected', rejected),
  ...named('rejected-and-rolled-back', rolledBack),
  ...named('statement-rejected', statementRejected),
  ...named('unknown', unknown),
  ...named('capacity', capacity),
  ...named('bug', bug),
])

/**
 * The meaning of a number. Without a flavour only numbers that mean the same on both are answered,
 * because 4031 and 4151, for example, are different errors on MySQL and MariaDB.
 */
export function meaningOf(errno: number, flavour?: 'mysql' | 'mariadb'): ErrorMeaning | undefined {
  return errorMeanings.find(
    (row) => row.errno === errno && (row.flavour === 'both' || row.flavour === flavour),
  )
}

function named(errorClass: ErrorClass, rows: readonly Row[]): ErrorMeaning[] {
  return rows.map(([errno, symbol, flavour, sqlState, refusesWrites, source, when]) =>
    Object.freeze({ errno, symbol, flavour, sqlState, class: errorClass, when, refusesWrites, source }),
  )
}
