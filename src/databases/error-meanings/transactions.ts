import type { MeaningRow } from './meaning-row.ts'
import { meaningsOfClass, nowhere } from './meaning-row.ts'

/** The server has rolled the transaction back. */
export const rollbacks = meaningsOfClass('rejected-and-rolled-back', [
  {
    errno: 1213,
    symbol: 'ER_LOCK_DEADLOCK',
    sqlState: '40001',
    when: 'deadlock; repeat the whole transaction',
    basis: 'Galera answers a COMMIT that lost its certification the same way (manual).',
  },
  {
    errno: 3100,
    symbol: 'ER_RUN_HOOK_ERROR',
    flavour: 'mysql',
    refusesWrites: true,
    when: 'group replication refuses the commit',
  },
  {
    errno: 3101,
    symbol: 'ER_TRANSACTION_ROLLBACK_DURING_COMMIT',
    flavour: 'mysql',
    sqlState: '40000',
    when: 'certification failed',
    provokedOn: nowhere,
    basis: 'Message file and manual. Needs two members of a group that write at the same time.',
  },
  {
    errno: 1613,
    symbol: 'ER_XA_RBTIMEOUT',
    sqlState: 'XA106',
    when: 'the XA branch took too long and was rolled back',
    provokedOn: nowhere,
    basis: 'Message file.',
  },
  {
    errno: 1614,
    symbol: 'ER_XA_RBDEADLOCK',
    sqlState: 'XA102',
    when: 'the XA branch was rolled back by a deadlock',
    provokedOn: ['mysql'],
    basis: 'MariaDB 10.11 answers the end of such a branch with 1399.',
  },
])

/** The statement did nothing; its transaction goes on. */
export const statementRejections = meaningsOfClass('statement-rejected', [
  {
    errno: 1792,
    symbol: 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
    sqlState: '25006',
    when: 'READ ONLY begun',
  },
  {
    errno: 1205,
    symbol: 'ER_LOCK_WAIT_TIMEOUT',
    onCommit: 'rolled-back',
    when: 'a lock was not given in time',
    basis: 'On COMMIT: somebody holds FLUSH TABLES WITH READ LOCK. MariaDB answers NOWAIT with it.',
  },
  {
    errno: 3572,
    symbol: 'ER_LOCK_NOWAIT',
    flavour: 'mysql',
    when: 'NOWAIT and the row is locked',
  },
  {
    errno: 1969,
    symbol: 'ER_STATEMENT_TIMEOUT',
    flavour: 'mariadb',
    sqlState: '70100',
    when: 'max_statement_time passed',
  },
  { errno: 3024, symbol: 'ER_QUERY_TIMEOUT', flavour: 'mysql', when: 'max_execution_time passed' },
  {
    errno: 1412,
    symbol: 'ER_TABLE_DEF_CHANGED',
    when: 'the table was altered since the transaction took its snapshot',
  },
  {
    errno: 1197,
    symbol: 'ER_TRANS_CACHE_FULL',
    when: 'the transaction is larger than max_binlog_cache_size',
  },
])

/** On COMMIT, an autocommit write or a CALL the fate of the work is open. */
export const openFates = meaningsOfClass('unknown', [
  {
    errno: 1053,
    symbol: 'ER_SERVER_SHUTDOWN',
    sqlState: '08S01',
    refusesWrites: true,
    when: 'the server stopped during the statement',
    provokedOn: nowhere,
    basis:
      'Message file. MySQL 9.7 and MariaDB 10.11 cut the connection before the packet is out; MySQL may still commit what it cut.',
  },
  {
    errno: 1317,
    symbol: 'ER_QUERY_INTERRUPTED',
    sqlState: '70100',
    when: 'KILL QUERY; the transaction stays open',
    basis: 'MySQL answers so, too, when a session kills itself; that session is over.',
  },
  {
    errno: 1927,
    symbol: 'ER_CONNECTION_KILLED',
    flavour: 'mariadb',
    sqlState: '70100',
    refusesWrites: true,
    endsSession: true,
    when: 'KILL or shutdown',
  },
  {
    errno: 3169,
    symbol: 'ER_SESSION_WAS_KILLED',
    flavour: 'mysql',
    refusesWrites: true,
    endsSession: true,
    when: 'KILL',
    provokedOn: nowhere,
    basis: 'Message file. MySQL 9.7 cuts a session that is killed without a word.',
  },
  {
    errno: 3168,
    symbol: 'ER_SERVER_ISNT_AVAILABLE',
    flavour: 'mysql',
    when: 'the server is not available',
    provokedOn: nowhere,
    basis: 'Message file; what had been done by then is not documented.',
  },
  {
    errno: 1180,
    symbol: 'ER_ERROR_DURING_COMMIT',
    when: 'the storage engine or the binary log failed during COMMIT',
    provokedOn: nowhere,
    basis: 'Message file. Needs a disk that fails.',
  },
  {
    errno: 1397,
    symbol: 'ER_XAER_NOTA',
    sqlState: 'XAE04',
    when: 'the XA branch is not known: it was committed, rolled back, or never prepared; see XA RECOVER',
  },
  networkError(1152, 'ER_ABORTING_CONNECTION', 'the server gave the connection up'),
  networkError(1158, 'ER_NET_READ_ERROR', 'the server could not read from the connection'),
  networkError(1159, 'ER_NET_READ_INTERRUPTED', 'the server waited too long for the client'),
  networkError(1160, 'ER_NET_ERROR_ON_WRITE', 'the server could not write to the connection'),
  networkError(1161, 'ER_NET_WRITE_INTERRUPTED', 'the server waited too long to write'),
  networkError(1184, 'ER_NEW_ABORTING_CONNECTION', 'the server gave the connection up'),
])

function networkError(errno: number, symbol: string, when: string): MeaningRow {
  const basis = 'Message file. A server that says so can hardly reach the client: it goes to its error log.'
  return { errno, symbol, sqlState: '08S01', when, endsSession: true, provokedOn: nowhere, basis }
}
