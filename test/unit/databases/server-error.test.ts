import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { errorMeanings, meaningOf } from '../../../src/databases/error-meaning.ts'
import { serverError } from '../../../src/databases/server-error.ts'

const address = { name: 'source', host: '10.0.0.1', port: 3306, user: 'cutover_admin' }

/** An error as mysql2 throws it: statement and values included. */
function driverError(fields: object): Error {
  return Object.assign(new Error('message with s3cret data'), {
    sql: "CREATE USER 'x' IDENTIFIED BY 's3cret'",
    ...fields,
  })
}

describe('errors of the driver', () => {
  test.each([
    [{ errno: 1045 }, 'system.unauthenticated'],
    [
      {
        errno: 1227,
        sqlMessage: 'Access denied; you need (at least one of) the PROCESS privilege(s) for this operation',
      },
      'system.forbidden',
    ],
    [{ errno: 1064, sqlMessage: "near 's3cret'" }, 'system.refused'],
    [{ code: 'ECONNREFUSED', errno: -111 }, 'system.unreachable'],
    [{ code: 'PROTOCOL_CONNECTION_LOST' }, 'system.unreachable'],
    [{ errno: 1193, sqlMessage: "Unknown system variable 's3cret'" }, 'system.unsupported'],
  ])('%o is %s and shows neither statement nor data', (fields, code) => {
    const error = serverError(driverError(fields), address, 'read its sessions')
    expect(error.code).toBe(code)
    expect(error.message).toContain('source (10.0.0.1:3306): could not read its sessions')
    expect(inspect(error)).not.toContain('s3cret')
    expect(error.hint).toBeTruthy()
  })

  test('a missing right is named in the hint', () => {
    const sqlMessage =
      'Access denied; you need (at least one of) the SUPER, READ_ONLY ADMIN privilege(s) for this operation'
    const error = serverError(
      driverError({ errno: 1227, sqlMessage }),
      address,
      'change whether it refuses writes',
    )
    expect(error.hint).toBe("Give 'cutover_admin' on source the right: SUPER, READ_ONLY ADMIN.")
  })
})

describe('the table of error meanings', () => {
  test('has one row per number and product', () => {
    const keys = errorMeanings.flatMap(({ errno, flavour }) =>
      (flavour === 'both' ? ['mysql', 'mariadb'] : [flavour]).map((product) => `${errno} ${product}`),
    )
    expect(new Set(keys).size).toBe(keys.length)
  })

  test('answers numbers that differ between products only when the product is known', () => {
    expect(meaningOf(4151)).toBeUndefined()
    expect(meaningOf(4151, 'mariadb')?.symbol).toBe('ER_ACCOUNT_HAS_BEEN_LOCKED')
    expect(meaningOf(4151, 'mysql')).toBeUndefined()
    expect(meaningOf(1290)?.refusesWrites).toBe('by-option')
  })
})
