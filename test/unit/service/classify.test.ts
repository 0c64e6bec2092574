import { describe, expect, it } from 'vitest'
import { runInNewContext } from 'node:vm'
import type { UnitContext } from '../../../src/service/classify.ts'
import { classify, rememberUnit } from '../../../src/service/classify.ts'

/** As mysql2 throws an error packet: `code` comes from MySQL's table even when the server is MariaDB. */
function packet(errno: number, sqlMessage: string, fields: object = {}): Error & { errno: number } {
  return Object.assign(new Error(sqlMessage), {
    errno,
    sqlMessage,
    sqlState: 'HY000',
    code: 'ER_X',
    ...fields,
  })
}

function client(code: string, fields: object = {}): Error {
  return Object.assign(new Error(code), { code, fatal: true, ...fields })
}

const refusedInsert = packet(
  1142,
  "INSERT command denied to user 'orders_ro'@'10.0.0.1' for table `orders`.`orders`",
)
const autocommit: UnitContext = {}
const inTransaction: UnitContext = { inTransaction: true }
const onCommit: UnitContext = { inTransaction: true, commitSent: true }

const prismaGaveUp = Object.assign(
  new Error('Transaction API error: Unable to start a transaction in the given time.'),
  { code: 'P2028' },
)

describe('what a fence refuses', () => {
  it.each([
    [
      '1290 by read-only',
      packet(1290, 'The MariaDB server is running with the --read-only option so it cannot'),
    ],
    [
      '1290 by super-read-only',
      packet(1290, 'The MySQL server is running with the --super-read-only option so'),
    ],
    ['1290 spelt with underscores', packet(1290, 'running with the --super_read_only option so it cannot')],
    ['1142 on INSERT', refusedInsert],
    ['1142 on REPLACE', packet(1142, "INSERT, DELETE command denied to user 'a'@'b' for table `t`")],
    [
      '1142 on FOR UPDATE',
      packet(1142, "SELECT with locking clause command denied to user 'a'@'b' for table 't'"),
    ],
    ['1143 on a column', packet(1143, "UPDATE command denied to user 'a'@'b' for column 'c' in table 't'")],
    ['1836', packet(1836, 'Running in read-only mode')],
    ['1036', packet(1036, "Table 'orders' is read only")],
  ])('%s may show upgrading and be replayed', (_name, error) => {
    expect(classify(error, autocommit)).toMatchObject({
      class: 'rejected',
      mayReplay: true,
      mayShowUpgrading: true,
      path: 'error',
    })
  })

  it('leaves an open transaction open, so the caller has to roll back', () => {
    expect(classify(refusedInsert, inTransaction).class).toBe('statement-rejected')
  })

  it('has rolled the transaction back when COMMIT itself is refused', () => {
    const error = packet(1290, 'running with the --read-only option so it cannot execute this statement')
    expect(classify(error, onCommit)).toMatchObject({ class: 'rejected-and-rolled-back', mayReplay: true })
  })

  it('knows a number that only one product has, and leaves one that both have unexplained', () => {
    const readOnly = packet(3989, "Schema 'orders' is in read only mode.")
    expect(classify(readOnly, {}).mayShowUpgrading).toBe(true)
    const idle = packet(4031, 'The client was disconnected by the server because of inactivity.')
    expect(classify(idle, { flavour: 'mysql' }).class).toBe('rejected')
    expect(classify(idle, { flavour: 'mariadb' }).class).toBe('bug')
    expect(classify(idle, {}).class).toBe('bug')
  })

  it.each([
    ['1015', 'mysql', packet(1015, "Can't lock file (errno: 165 - Table is read only)")],
    ['1005', 'mariadb', packet(1005, 'Can\'t create table `a`.`b` (errno: 165 "Table is read only")')],
  ] as const)('%s is a refusal only for a read-only engine', (_name, flavour, error) => {
    expect(classify(error, { flavour })).toMatchObject({ class: 'rejected', mayShowUpgrading: true })
    const other = packet(error.errno, error.message.replace('165', '150'))
    expect(classify(other, { flavour })).toMatchObject({ class: 'bug', mayReplay: false })
  })

  it('is not known to have rolled back when a COMMIT is answered by an error nobody has seen there', () => {
    expect(classify(packet(1836, 'Running in read-only mode'), onCommit)).toMatchObject({
      class: 'unknown',
      mayReplay: false,
      mayShowUpgrading: false,
    })
  })

  it('is not replayable in the middle of several statements, because those before it stand', () => {
    expect(classify(refusedInsert, { multiStatement: true })).toMatchObject({
      class: 'unknown',
      mayReplay: false,
      mayShowUpgrading: false,
    })
  })
})

describe('what is never upgrading', () => {
  it.each([
    ['a duplicate key', packet(1062, "Duplicate entry 'a' for key 'PRIMARY'")],
    ['a column that does not exist', packet(1054, "Unknown column 'x' in 'SELECT'")],
    ['a syntax error', packet(1064, 'You have an error in your SQL syntax')],
    ['a table that does not exist', packet(1146, "Table 'orders.x' doesn't exist")],
    ['a missing SELECT grant', packet(1142, "SELECT command denied to user 'a'@'b' for table `t`")],
    ['1290 of another option', packet(1290, 'running with the --secure-file-priv option so it cannot')],
    [
      '1290 of an option that only starts alike',
      packet(1290, 'running with the --read-only-compressed option'),
    ],
    ['a number nobody knows', packet(31_337, 'whatever')],
    ['a refused login in answer to a statement', packet(1045, 'Access denied', { sql: 'SELECT * FROM v' })],
    ['SELECT missing beside a write', packet(1142, "SELECT, INSERT command denied to user 'a'@'b'")],
    ['1142 without a verb', packet(1142, "denied to user 'a'@'b'")],
    [
      'a verb only in the name of a table',
      packet(1142, "SELECT command denied to user 'a'@'b' for table 'INSERT'"),
    ],
    ['a command the server does not know', packet(1047, 'Unknown command')],
    ['what a proxy gave no number', packet(1105, 'target: shop.0.primary: vttablet: rpc error')],
    ['an ordinary error', new TypeError('x is not a function')],
    ['a thrown text', 'INSERT command denied to user'],
    ['nothing', undefined],
    ['an HTTP call to somebody else that was reset', client('ECONNRESET', { fatal: undefined })],
  ])('%s is a bug', (_name, error) => {
    expect(classify(error)).toMatchObject({ class: 'bug', mayReplay: false, mayShowUpgrading: false })
  })

  it.each([
    ['a lock that was not given', packet(1205, 'Lock wait timeout exceeded'), 'statement-rejected'],
    ['a deadlock', packet(1213, 'Deadlock found'), 'rejected-and-rolled-back'],
    ['too many connections', packet(1040, 'Too many connections'), 'capacity'],
    ['a full pool', new Error('Queue limit reached.'), 'capacity'],
    ['a transaction that Prisma did not wait for', prismaGaveUp, 'capacity'],
    ['a closed pool', new Error('Pool is closed.'), 'rejected'],
    [
      'a server that does not listen',
      client('ECONNREFUSED', { syscall: 'connect', errno: -111 }),
      'rejected',
    ],
    ['a refused login', packet(1045, "Access denied for user 'a'@'b'"), 'rejected'],
    ['a server that takes nobody in', packet(1203, 'User a already has more than'), 'capacity'],
    ['a Galera node alone', packet(1047, 'WSREP has not yet prepared node for application use'), 'capacity'],
  ])('%s is definitely not executed, but no upgrade', (_name, error, expected) => {
    expect(classify(error)).toMatchObject({ class: expected, mayReplay: true, mayShowUpgrading: false })
  })
})

describe('a lost connection', () => {
  const lost = client('PROTOCOL_CONNECTION_LOST')

  it.each([
    ['on an autocommit write', autocommit, 'unknown', false],
    ['on COMMIT', onCommit, 'unknown', false],
    ['inside a transaction', inTransaction, 'rejected-and-rolled-back', true],
    ['on a read', { statementIsWrite: false }, 'rejected', true],
  ] as const)('%s', (_name, context, expected, mayReplay) => {
    const decision = classify(lost, context)
    expect(decision).toMatchObject({ class: expected, mayReplay })
    expect(decision.mayShowUpgrading).toBe(expected !== 'unknown')
  })

  it('says the same when the server tells of the kill in an error packet', () => {
    const killed = packet(1927, 'Connection was killed')
    expect(classify(killed, onCommit).class).toBe('unknown')
    expect(classify(killed, { ...inTransaction, flavour: 'mariadb' })).toMatchObject({
      class: 'rejected-and-rolled-back',
      mayShowUpgrading: true,
    })
  })

  it('reads the number from `code` where mysql2 puts it for packets nobody asked for', () => {
    const error = Object.assign(new Error('Connection was killed'), { code: 1927, fatal: true })
    expect(classify(error)).toMatchObject({ class: 'unknown', errno: 1927 })
  })

  it('keeps the open fate of a COMMIT when the next command finds the connection closed', () => {
    const error = Object.assign(new Error("Can't add new command when connection is in closed state"), {
      fatal: true,
    })
    expect(classify(error, onCommit).class).toBe('unknown')
    expect(classify(error, inTransaction).class).toBe('rejected-and-rolled-back')
    expect(classify(error, autocommit).class).toBe('rejected')
  })

  it('is worse when only the client stopped waiting: the statement goes on even inside a transaction', () => {
    expect(classify(client('PROTOCOL_SEQUENCE_TIMEOUT'), inTransaction).class).toBe('unknown')
  })

  it('of a killed query leaves its transaction open', () => {
    expect(classify(packet(1317, 'Query execution was interrupted'), inTransaction).class).toBe(
      'statement-rejected',
    )
  })
})

describe('inside wrappers', () => {
  it.each([
    [
      'Drizzle, cause',
      new Error('Failed query: insert … params: secret', { cause: refusedInsert }),
      'error.cause',
    ],
    [
      'Sequelize',
      { name: 'SequelizeDatabaseError', original: refusedInsert, parent: refusedInsert },
      'error.original',
    ],
    ['TypeORM', { name: 'QueryFailedError', driverError: refusedInsert }, 'error.driverError'],
    ['GraphQL', { originalError: refusedInsert }, 'error.originalError'],
    ['an aggregate', new AggregateError([new Error('x'), refusedInsert]), 'error.errors[1]'],
  ])('finds it in %s', (_name, error, path) => {
    expect(classify(error)).toMatchObject({ class: 'rejected', errno: 1142, path })
  })

  it('finds it in the adapter error of Prisma', () => {
    const cause = { kind: 'mysql', code: 1142, originalCode: '1142', originalMessage: refusedInsert.message }
    const error = Object.assign(new Error('Raw query failed'), {
      code: 'P2039',
      meta: { driverAdapterError: { cause } },
    })
    expect(classify(error)).toMatchObject({
      class: 'rejected',
      mayShowUpgrading: true,
      path: 'error.meta.driverAdapterError.cause',
    })
  })

  it('finds the login error the MariaDB connector hides in the text of a pool timeout', () => {
    const error = packet(45_028, 'pool timeout: (conn:36, no: 1045, SQLState: 28000) Access denied')
    expect(classify(error)).toMatchObject({ errno: 1045, class: 'rejected', mayShowUpgrading: false })
    expect(classify(packet(45_028, 'retrieve connection from pool timeout'))).toMatchObject({
      class: 'capacity',
    })
  })

  it('goes by shape across realms and copies of a driver', () => {
    const foreign: unknown = runInNewContext(
      `Object.assign(new Error('x'), { errno: 1142, sqlState: '42000', sqlMessage: "UPDATE command denied to user 'a'" })`,
    )
    expect(foreign).not.toBeInstanceOf(Error)
    expect(classify({ cause: foreign }).class).toBe('rejected')
  })

  it('lets the most bug-like error of several decide', () => {
    const error = new AggregateError([refusedInsert, packet(1062, 'Duplicate entry')])
    expect(classify(error)).toMatchObject({ class: 'bug', errno: 1062 })
  })

  it('ends on a cycle, on a very deep chain and on getters that throw', () => {
    const cycle: Record<string, unknown> = {}
    cycle['cause'] = cycle
    let deep: unknown = refusedInsert
    for (let level = 0; level < 50; level++) deep = { cause: deep }
    const hostile = Object.defineProperty({}, 'cause', {
      get: () => {
        throw new Error('no')
      },
    })
    for (const error of [cycle, deep, hostile]) expect(classify(error).class).toBe('bug')
  })
})

describe('the context', () => {
  it('is what was remembered with the error, which stays untouched', () => {
    const error = Object.freeze(client('PROTOCOL_CONNECTION_LOST'))
    expect(rememberUnit(error, inTransaction)).toBe(error)
    expect(classify(error).class).toBe('rejected-and-rolled-back')
    expect(classify(error, onCommit).class).toBe('unknown')
  })
})

it('never says a word of the message, which holds SQL, hosts and values', () => {
  for (const error of [refusedInsert, packet(1062, "Duplicate entry 'topsecret'"), new Error('topsecret')]) {
    expect(JSON.stringify(classify(error))).not.toMatch(/topsecret|orders_ro|10\.0\.0\.1/)
  }
})
