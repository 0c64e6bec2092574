import { describe, expect, it } from 'vitest'
import { classify } from '../../../../src/service/classify.ts'
import { heldBytes } from '../../../../src/service/pool/held-bytes.ts'
import { Operation } from '../../../../src/service/pool/operation.ts'
import type { PoolCore } from '../../../../src/service/pool/pool-core.ts'
import { rememberError } from '../../../../src/service/pool/remember-error.ts'
import { connectionClosed, connectionLost, sessionEnded } from '../../../../src/service/pool/session-ended.ts'
import { SessionSettings } from '../../../../src/service/pool/session-settings.ts'
import { describeStatement } from '../../../../src/service/sql/describe-statement.ts'
import { recallUnit } from '../../../../src/service/unit-context.ts'

const core = { current: { flavour: 'mariadb' } } as unknown as PoolCore

function sent(sql: string): Operation {
  const operation = new Operation(describeStatement(sql), undefined)
  operation.command = { sql } as Operation['command']
  return operation
}

describe('what a lease would have to tell another session', () => {
  it.each([
    'SET NAMES utf8mb4',
    "SET time_zone = '+00:00'",
    'SET SESSION sql_mode = "ANSI", @@wait_timeout = 60;',
    "SET @name = 'x'",
  ])('is the text of %s', (sql) => {
    const settings = new SessionSettings()
    settings.succeed(sent(sql))
    expect([settings.isMovable, settings.texts]).toEqual([true, [sql]])
  })

  it.each([
    'SET @id = LAST_INSERT_ID()',
    'SET @n = (SELECT 1)',
    "SELECT GET_LOCK('a', 1)",
    'USE other',
    'SELECT 1 INTO @a',
  ])('cannot be told of %s', (sql) => {
    const settings = new SessionSettings()
    settings.succeed(sent(sql))
    expect([settings.isMovable, settings.texts]).toEqual([false, []])
  })

  it('cannot be told of a setting that was prepared, and leaves autocommit to the transaction', () => {
    const settings = new SessionSettings()
    settings.succeed(sent('SET autocommit = 0'))
    expect([settings.isMovable, settings.texts]).toEqual([true, []])
    const prepared = sent('SET @a = ?')
    prepared.prepare = prepared.command
    settings.succeed(prepared)
    expect(settings.isMovable).toBe(false)
  })

  it('is a level of isolation for the next transaction only', () => {
    const settings = new SessionSettings()
    settings.succeed(sent("SET NAMES 'utf8mb4'"))
    settings.succeed(sent('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE'))
    settings.passOnce()
    expect(settings.texts).toEqual(["SET NAMES 'utf8mb4'"])
  })
})

describe('the end of a session', () => {
  it('is told from other errors', () => {
    const server = (errno: number): object => ({ errno, sqlState: 'HY000', message: 'x' })
    expect(sessionEnded(connectionLost('x'))).toBe('lost')
    expect(sessionEnded(connectionClosed())).toBe('unsent')
    expect(sessionEnded(Object.assign(new Error('x'), { code: 'ECONNRESET', fatal: true }))).toBe('lost')
    expect([1053, 1927, 3169].map((errno) => sessionEnded(server(errno)))).toEqual(['lost', 'lost', 'lost'])
    expect([1062, 1213, 1317].map((errno) => sessionEnded(server(errno)))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(sessionEnded(new Error('x'))).toBeUndefined()
  })

  it('that answers several statements at once is remembered as the most dangerous of them', () => {
    const error = connectionLost('x')
    const commit = sent('COMMIT')
    Object.assign(commit, { inTransaction: true, commitSent: true, wrote: true })
    rememberError(error, commit, core)
    rememberError(error, sent('SELECT 1'), core)
    expect(recallUnit(error)).toMatchObject({ commitSent: true, statementIsWrite: true, flavour: 'mariadb' })
    expect(classify(error).class).toBe('unknown')
  })
})

describe('the memory of a held statement', () => {
  it('grows with its text and its values', () => {
    const small = heldBytes('INSERT', [1])
    expect(heldBytes('INSERT', [Buffer.alloc(5000)])).toBeGreaterThan(small + 4900)
    expect(heldBytes('INSERT', ['x'.repeat(5000)])).toBeGreaterThan(small + 9000)
    expect(heldBytes('I'.repeat(5000), undefined)).toBeGreaterThan(5000)
  })
})
