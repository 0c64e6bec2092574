import { describe, expect, it } from 'vitest'
import { classify } from '../../../../src/service/classify.ts'
import { Operation } from '../../../../src/service/pool/operation.ts'
import { TransactionState } from '../../../../src/service/pool/transaction-state.ts'
import { describeStatement } from '../../../../src/service/sql/describe-statement.ts'

const notGranted = {
  errno: 1142,
  sqlState: '42000',
  sqlMessage: "INSERT command denied to user 'a'@'b' for table 't'",
}
const lockTimeout = { errno: 1205, sqlState: 'HY000', sqlMessage: 'Lock wait timeout exceeded' }

/** What is said of an error that answers the last of these statements of one session. */
function classOf(error: object, ...statements: readonly string[]): string {
  const state = new TransactionState()
  let context = {}
  for (const statement of statements) {
    const operation = new Operation(describeStatement(statement), undefined)
    state.send(operation)
    context = operation.context('mysql')
  }
  return classify(error, context).class
}

describe('what the pool knows of an operation', () => {
  it('makes a refusal inside a routine unknown: its statements before that stand', () => {
    expect(classOf(notGranted, 'CALL both()')).toBe('unknown')
    expect(classOf(notGranted, 'START TRANSACTION', 'INSERT INTO t VALUES (1)', 'CALL both()')).toBe(
      'unknown',
    )
  })

  it('makes a definition statement in a transaction unknown: that is committed before it is refused', () => {
    const inTransaction = ['START TRANSACTION', 'INSERT INTO t VALUES (1)', 'ALTER TABLE t ADD c INT']
    expect(classOf(lockTimeout, ...inTransaction)).toBe('unknown')
    expect(classOf(notGranted, ...inTransaction)).toBe('unknown')
  })

  it('leaves a definition statement alone, and an ordinary one, rejected', () => {
    expect(classOf(notGranted, 'ALTER TABLE t ADD c INT')).toBe('rejected')
    expect(classOf(notGranted, 'INSERT INTO t VALUES (1)')).toBe('rejected')
    expect(classOf(notGranted, 'START TRANSACTION', 'INSERT INTO t VALUES (1)')).toBe('statement-rejected')
  })
})
