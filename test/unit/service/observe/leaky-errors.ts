import { DrizzleQueryError } from 'drizzle-orm'
import { DatabaseError, UniqueConstraintError, ValidationErrorItem } from 'sequelize'
import { QueryFailedError } from 'typeorm'

/** None of these may be found in a log. */
export const secrets = ['alice@example.com', 'hunter2', '4111111111111111', 'secret_table', 'db.internal']

const sql = `INSERT INTO secret_table (mail, card) VALUES ('alice@example.com', '4111111111111111')`
const bound = 'INSERT INTO secret_table (mail, card) VALUES (?, ?)'
const values = ['alice@example.com', '4111111111111111']
const sqlMessage = `Duplicate entry 'alice@example.com' for key 'secret_table.mail'`

/** As mysql2 makes them: the text with the values of `query`, that with places of `execute`. */
export function mysql2Error(fields: object = {}): Error {
  const error = new Error(sqlMessage)
  return Object.assign(error, {
    code: 'ER_DUP_ENTRY',
    errno: 1062,
    sqlState: '23000',
    sqlMessage,
    sql,
    ...fields,
  })
}

export const readOnlyError = (): Error =>
  mysql2Error({
    code: 'ER_OPTION_PREVENTS_STATEMENT',
    errno: 1290,
    sqlState: 'HY000',
    sqlMessage: `The MySQL server is running with the --read-only option so it cannot execute this statement`,
  })

/** Knex puts the statement with its values in front of the driver's message, and keeps the rest. */
export function knexError(): Error {
  const error = mysql2Error()
  error.message = `${sql} - ${error.message}`
  return error
}

export function sequelizeError(): Error {
  const parent = Object.assign(mysql2Error(), { parameters: values })
  return new DatabaseError(parent as unknown as ConstructorParameters<typeof DatabaseError>[0])
}

export function sequelizeUniqueError(): Error {
  const parent = mysql2Error()
  const item = Object.assign(Object.create(ValidationErrorItem.prototype) as ValidationErrorItem, {
    message: 'mail must be unique',
    path: 'mail',
    value: values[0],
  })
  return new UniqueConstraintError({
    parent: parent as unknown as NonNullable<
      ConstructorParameters<typeof UniqueConstraintError>[0]
    >['parent'] &
      object,
    message: `Validation error of alice@example.com`,
    errors: [item],
    fields: { mail: 'alice@example.com' },
  })
}

export const drizzleError = (): Error => new DrizzleQueryError(bound, values, mysql2Error({ sql: bound }))

/** What Drizzle makes of something that is no error of the database. */
export const drizzleOtherError = (): Error =>
  new DrizzleQueryError(bound, values, new TypeError(`alice@example.com is not a function`))

export const typeormError = (): Error => new QueryFailedError(bound, values, mysql2Error())

/** Prisma's client with the driver adapter for MariaDB. */
export function prismaError(): Error {
  const error = new Error(`
Invalid \`prisma.user.create({ data: { mail: "alice@example.com" } })\` invocation in
    at hunter2 (/srv/app/secret_table.ts:1:1)

Unique constraint failed`)
  return Object.assign(error, {
    name: 'PrismaClientKnownRequestError',
    code: 'P2039',
    clientVersion: '7.10.0',
    meta: {
      modelName: 'secret_table',
      driverAdapterError: Object.assign(new Error('DriverAdapterError'), {
        name: 'DriverAdapterError',
        cause: {
          kind: 'mysql',
          code: 1062,
          originalCode: '1062',
          originalMessage: sqlMessage,
          state: '23000',
          message: sqlMessage,
        },
      }),
    },
  })
}

/** The MariaDB connector under Prisma hides the reason of a failed login in a text. */
export function prismaLoginError(): Error {
  const cause = `(conn:36, no: 1045, SQLState: 28000) Access denied for user 'hunter2'@'db.internal'`
  return Object.assign(new Error(`pool timeout: connect to db.internal as hunter2`), {
    name: 'PrismaClientInitializationError',
    clientVersion: '7.10.0',
    meta: {
      driverAdapterError: Object.assign(new Error('x'), {
        cause: { errno: 45028, sqlState: 'HY000', sqlMessage: 'pool timeout', cause },
      }),
    },
  })
}

export function connectError(): Error {
  const error = new Error('connect ECONNREFUSED db.internal:3306')
  return Object.assign(error, {
    code: 'ECONNREFUSED',
    errno: -111,
    syscall: 'connect',
    address: 'db.internal',
    port: 3306,
    fatal: true,
    config: { password: 'hunter2' },
  })
}

export const rethrown = (): Error =>
  new Error(`saving alice@example.com failed: ${sqlMessage}`, { cause: mysql2Error() })

export const aggregate = (): Error =>
  new AggregateError([connectError(), mysql2Error()], 'alice@example.com and hunter2 failed')

export const configError = (): Error =>
  new Error('cannot connect to mysql://hunter2:4111111111111111@example.org/shop')
