import { meaningsOfClass, nowhere } from './meaning-row.ts'

/** Too much of something. Also clusters and proxies that have no server for the statement at the moment. */
export const shortages = meaningsOfClass('capacity', [
  { errno: 1040, symbol: 'ER_CON_COUNT_ERROR', sqlState: '08004', when: 'max_connections reached' },
  {
    errno: 1203,
    symbol: 'ER_TOO_MANY_USER_CONNECTIONS',
    sqlState: '42000',
    when: 'the account has too many sessions',
  },
  {
    errno: 1226,
    symbol: 'ER_USER_LIMIT_REACHED',
    sqlState: '42000',
    onCommit: 'still-open',
    when: 'a limit of the account is reached',
  },
  {
    errno: 1037,
    symbol: 'ER_OUTOFMEMORY',
    sqlState: 'HY001',
    when: 'out of memory',
    provokedOn: nowhere,
    basis: 'Message file. Needs a machine without memory.',
  },
  { errno: 1038, symbol: 'ER_OUT_OF_SORTMEMORY', sqlState: 'HY001', when: 'sort_buffer_size is too small' },
  {
    errno: 1041,
    symbol: 'ER_OUT_OF_RESOURCES',
    when: 'out of memory',
    provokedOn: nowhere,
    basis: 'Message file. Needs a machine without memory.',
  },
  { errno: 1114, symbol: 'ER_RECORD_FILE_FULL', when: 'the table or the space for it is full' },
  {
    errno: 1206,
    symbol: 'ER_LOCK_TABLE_FULL',
    when: 'no memory for more locks',
    provokedOn: nowhere,
    basis: 'Message file. Needs millions of locks.',
  },
  {
    errno: 1047,
    symbol: 'ER_UNKNOWN_COM_ERROR',
    sqlState: '08S01',
    onlyWith: 'WSREP has not yet prepared node',
    when: 'a Galera node that is not part of its cluster, or refuses statements',
    provokedOn: ['mariadb'],
    basis: 'MySQL has no Galera of its own; builds that have it use the same words.',
  },
  {
    errno: 9001,
    symbol: 'ProxySQL 9001',
    when: 'ProxySQL found no server in time; nothing was sent',
    provokedOn: nowhere,
    basis: 'Manual of ProxySQL (error codes).',
  },
  {
    errno: 9002,
    symbol: 'ProxySQL 9002',
    when: 'ProxySQL could not connect to a server; nothing was sent',
    provokedOn: nowhere,
    basis: 'Manual of ProxySQL (error codes).',
  },
  {
    errno: 9004,
    symbol: 'ProxySQL 9004',
    when: 'ProxySQL took the server for offline before it used its connection',
    provokedOn: nowhere,
    basis: 'Manual of ProxySQL (error codes).',
  },
])
