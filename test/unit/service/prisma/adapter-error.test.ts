import { describe, expect, it } from 'vitest'
import { classify, rememberUnit } from '../../../../src/service/classify.ts'
import { GateError } from '../../../../src/service/gate/gate-error.ts'
import { ConnectionAcquireTimeoutError } from '../../../../src/service/pool/acquire-error.ts'
import { AdapterError } from '../../../../src/service/prisma.ts'
import { toAdapterError } from '../../../../src/service/prisma/adapter-error.ts'

const ofServer = (errno: number, sqlMessage: string, sqlState = 'HY000'): Error =>
  Object.assign(new Error(sqlMessage), { errno, sqlMessage, sqlState, sql: 'INSERT INTO t VALUES (424242)' })

const mapped = (error: unknown): unknown => (toAdapterError(error) as AdapterError).cause

describe('an error of the server', () => {
  it.each([
    [
      1062,
      "Duplicate entry 'a' for key 'b'' for key 'items.by_name'",
      { kind: 'UniqueConstraintViolation', table: 'items', constraint: { index: 'by_name' } },
    ],
    [
      1062,
      "Duplicate entry '1' for key 'PRIMARY'",
      { kind: 'UniqueConstraintViolation', constraint: { index: 'PRIMARY' } },
    ],
    [
      1452,
      'Cannot add or update a child row: a foreign key constraint fails (`s`.`t`, CONSTRAINT `f` FOREIGN KEY (`a`, `b`) REFERENCES `u` (`a`, `b`))',
      { kind: 'ForeignKeyConstraintViolation', constraint: { fields: ['a', 'b'] } },
    ],
    [
      1217,
      'Cannot delete or update a parent row: a foreign key constraint fails',
      { kind: 'ForeignKeyConstraintViolation' },
    ],
    [
      1048,
      "Column 'name' cannot be null",
      { kind: 'NullConstraintViolation', constraint: { fields: ['name'] } },
    ],
    [
      1364,
      "Field 'name' doesn't have a default value",
      { kind: 'NullConstraintViolation', constraint: { fields: ['name'] } },
    ],
    [1264, "Out of range value for column 'id' at row 1", { kind: 'ValueOutOfRange' }],
    [1406, "Data too long for column 'name' at row 1", { kind: 'LengthMismatch', column: 'name' }],
    [1146, "Table 'one.items' doesn't exist", { kind: 'TableDoesNotExist', table: 'items' }],
    [1054, "Unknown column 'x' in 'field list'", { kind: 'ColumnNotFound', column: 'x' }],
    [1049, "Unknown database 'one'", { kind: 'DatabaseDoesNotExist', db: 'one' }],
    [
      1044,
      "Access denied for user 'svc'@'127.0.0.1' to database 'one'",
      { kind: 'DatabaseAccessDenied', db: 'one' },
    ],
    [
      1045,
      "Access denied for user 'svc'@'127.0.0.1' (using password: YES)",
      { kind: 'AuthenticationFailed', user: 'svc' },
    ],
    [1213, 'Deadlock found when trying to get lock', { kind: 'TransactionWriteConflict' }],
    [1040, 'Too many connections', { kind: 'TooManyConnections', cause: 'Too many connections' }],
  ])('%i is what Prisma calls it: %s', (errno, message, expected) => {
    expect(mapped(ofServer(errno, message))).toEqual({
      ...expected,
      ...(errno === 1264 && { cause: message }),
      originalCode: String(errno),
      originalMessage: message,
    })
  })

  it('that Prisma has no name for keeps its number, and the classification knows it', () => {
    const message =
      'The MySQL server is running with the --read-only option so it cannot execute this statement'
    const error = toAdapterError(ofServer(1290, message))
    expect(error).toMatchObject({
      name: 'DriverAdapterError',
      cause: { kind: 'mysql', code: 1290, message, state: 'HY000', originalCode: '1290' },
    })
    const thrown = {
      name: 'PrismaClientKnownRequestError',
      code: 'P2039',
      meta: { driverAdapterError: error },
    }
    expect(classify(thrown)).toMatchObject({ errno: 1290, mayReplay: true, mayShowUpgrading: true })
    expect(JSON.stringify(thrown)).not.toMatch(/424242/)
  })

  it('keeps what the pool remembers of its unit of work', () => {
    const lost = Object.assign(new Error('lost'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true })
    const context = { inTransaction: true, statementIsWrite: true }
    expect(classify(toAdapterError(rememberUnit(lost, context)))).toMatchObject({
      class: 'rejected-and-rolled-back',
      mayReplay: true,
    })
    expect(classify(toAdapterError(rememberUnit(lost, { commitSent: true })))).toMatchObject({
      class: 'unknown',
    })
  })
})

describe('an error without a number', () => {
  it.each([
    ['expired', true],
    ['abandoned', false],
  ] as const)('of the gate says so: %s', (reason, mayShowUpgrading) => {
    const error = toAdapterError(new GateError(reason, 'held as long as allowed'))
    expect((error as AdapterError).cause).toMatchObject({
      kind: 'mysql',
      originalCode: `CUTOVER_${reason.toUpperCase()}`,
      originalMessage: 'held as long as allowed',
    })
    expect(classify({ meta: { driverAdapterError: error } })).toMatchObject({
      class: 'rejected',
      mayShowUpgrading,
    })
  })

  it.each([
    [Object.assign(new Error('lost'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true }), 'ConnectionClosed'],
    [
      Object.assign(new Error('connect'), { code: 'ECONNREFUSED', fatal: true, syscall: 'connect' }),
      'DatabaseNotReachable',
    ],
    [Object.assign(new Error('late'), { code: 'PROTOCOL_SEQUENCE_TIMEOUT', fatal: true }), 'SocketTimeout'],
    [new ConnectionAcquireTimeoutError(10_000), 'TooManyConnections'],
  ])('of the driver is what it means: %s', (error, kind) => {
    expect(mapped(error)).toMatchObject({ kind, originalMessage: error.message })
    expect(classify(toAdapterError(error)).class).toBe(classify(error).class)
  })

  it('that is none of a database stays as it is, and one that was mapped is not mapped again', () => {
    const mistake = new RangeError('Invalid time value')
    expect(toAdapterError(mistake)).toBe(mistake)
    const done = new AdapterError({ kind: 'ConnectionClosed' })
    expect(toAdapterError(done)).toBe(done)
  })
})
