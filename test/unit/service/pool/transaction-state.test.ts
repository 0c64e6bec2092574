import { describe, expect, it } from 'vitest'
import { Operation } from '../../../../src/service/pool/operation.ts'
import { TransactionState } from '../../../../src/service/pool/transaction-state.ts'
import { describeStatement } from '../../../../src/service/sql/describe-statement.ts'

const ok = 2
const okInTransaction = 3
const okReadOnly = 0x2003

/** A session that is told texts, with units that say what becomes of them. */
function session() {
  const state = new TransactionState()
  const units: { left: boolean; committing: boolean }[] = []
  function send(text: string): Operation {
    const operation = new Operation(describeStatement(text), undefined)
    if (state.needsUnit(operation.traits)) {
      const unit = { left: false, committing: false }
      units.push(unit)
      operation.unit = {
        generation: 0,
        leave: () => void (unit.left = true),
        committing: () => void (unit.committing = true),
      }
    }
    state.send(operation)
    return operation
  }
  function run(text: string, status: number | 'rows' = ok): Operation {
    const operation = send(text)
    state.succeed(operation, status === 'rows' ? undefined : status)
    return operation
  }
  const running = (): number => units.filter(({ left }) => !left).length
  return { state, units, send, run, running }
}

describe('the transaction of a session', () => {
  it('needs a unit for each write outside one, and leaves it with the answer', () => {
    const { send, state, units, running } = session()
    const first = send('INSERT INTO t VALUES (1)')
    const second = send('INSERT INTO t VALUES (2)')
    expect(units).toHaveLength(2)
    expect(units.every(({ committing }) => committing)).toBe(true)
    state.succeed(first, ok)
    expect(running()).toBe(1)
    state.fail(second)
    expect(running()).toBe(0)
    expect(first).toMatchObject({ wrote: true, inTransaction: false, commitSent: false })
  })

  it('has one unit from BEGIN to the answer of COMMIT', () => {
    const { run, send, state, units, running } = session()
    run('BEGIN', okInTransaction)
    run('SELECT 1', 'rows')
    const insert = run('INSERT INTO t VALUES (1)', okInTransaction)
    expect(insert).toMatchObject({ inTransaction: true, wrote: true, commitSent: false })
    expect(units).toEqual([{ left: false, committing: false }])
    const commit = send('COMMIT')
    expect(commit).toMatchObject({ inTransaction: true, wrote: true, commitSent: true })
    expect(units).toEqual([{ left: false, committing: true }])
    state.succeed(commit, ok)
    expect(running()).toBe(0)
    expect(state.isIdle).toBe(true)
  })

  it('is foretold when statements are sent without waiting', () => {
    const { send, state, units, running } = session()
    const sent = ['BEGIN', 'INSERT INTO t VALUES (1)', 'COMMIT', 'INSERT INTO t VALUES (2)'].map(send)
    expect(sent.map(({ inTransaction }) => inTransaction)).toEqual([false, true, true, false])
    expect(units).toHaveLength(2)
    const answers = [okInTransaction, okInTransaction, ok, ok]
    sent.forEach((operation, index) => state.succeed(operation, answers[index]))
    expect(running()).toBe(0)
    expect(state.kind).toBe('none')
  })

  it('without a write in it may be lost at COMMIT without harm', () => {
    const { run, send } = session()
    run('BEGIN', okInTransaction)
    run('SELECT 1', 'rows')
    expect(send('COMMIT')).toMatchObject({ wrote: false, commitSent: true })
  })

  it('that only reads needs no unit, and one that writes in it asks for one', () => {
    const { run, units, state } = session()
    run('START TRANSACTION READ ONLY', okReadOnly)
    run('SELECT 1', 'rows')
    expect(units).toEqual([])
    expect(state.kind).toBe('read-only')
    run('INSERT INTO t VALUES (1)', okReadOnly)
    expect(units).toHaveLength(1)
    run('COMMIT')
    expect(units).toMatchObject([{ left: true }])
  })

  it('begins with any statement while autocommit is off', () => {
    const { run, units, running, state } = session()
    run('SET autocommit = 0', 0)
    expect(units).toEqual([])
    run('SELECT * FROM t', 'rows')
    expect(running()).toBe(1)
    run('COMMIT', 0)
    expect(running()).toBe(0)
    run('UPDATE t SET a = 1', 1)
    const on = run('SET autocommit = 1', ok)
    expect(on).toMatchObject({ commitSent: true, wrote: true })
    expect([running(), state.autocommit]).toEqual([0, true])
  })

  it('is committed by a definition, which then runs by itself', () => {
    const { run, send, units, running } = session()
    run('BEGIN', okInTransaction)
    run('INSERT INTO t VALUES (1)', okInTransaction)
    const definition = send('CREATE TABLE u (id INT)')
    expect(definition).toMatchObject({ commitSent: true, wrote: true, inTransaction: false })
    expect(units).toEqual([{ left: false, committing: true }])
    expect(running()).toBe(1)
  })

  it('stays in one unit through COMMIT AND CHAIN', () => {
    const { run, units, running } = session()
    run('BEGIN', okInTransaction)
    run('INSERT INTO t VALUES (1)', okInTransaction)
    expect(run('COMMIT AND CHAIN', okInTransaction)).toMatchObject({ commitSent: true, wrote: true })
    expect([units.length, running()]).toEqual([1, 1])
    run('ROLLBACK')
    expect(running()).toBe(0)
  })

  it('is believed to be gone after an error until the server says otherwise', () => {
    const { run, send, state } = session()
    run('BEGIN', okInTransaction)
    const deadlocked = send('UPDATE t SET a = 1')
    state.fail(deadlocked)
    expect(deadlocked.inTransaction).toBe(true)
    // After a deadlock this one would commit by itself.
    expect(send('UPDATE t SET a = 2')).toMatchObject({ inTransaction: false, wrote: true })
    run('SAVEPOINT a', okInTransaction)
    expect(run('UPDATE t SET a = 3', okInTransaction).inTransaction).toBe(true)
  })

  it('is not open after a BEGIN that failed, and is after a COMMIT that failed', () => {
    const { run, send, state, running } = session()
    state.fail(send('BEGIN'))
    expect([state.kind, running()]).toEqual(['none', 0])
    run('BEGIN', okInTransaction)
    state.fail(send('COMMIT'))
    expect([state.kind, running(), state.isIdle]).toEqual(['open', 1, false])
    run('ROLLBACK')
    expect([state.kind, running()]).toEqual(['none', 0])
  })

  it('that a procedure left open is found by the status of its answer', () => {
    const { run, running, state } = session()
    run('CALL begins_and_writes()', okInTransaction)
    expect([state.kind, running()]).toEqual(['open', 1])
    run('CALL does_not()', ok)
    expect([state.kind, running()]).toEqual(['none', 0])
  })

  it('is unclear after a text that is, as long as rows are all that comes back', () => {
    const { run, state, running } = session()
    const call = run('CALL gives_rows()', 'rows')
    expect(call).toMatchObject({ inTransaction: false, commitSent: true, wrote: true })
    expect([state.isIdle, running()]).toEqual([false, 1])
    state.forget()
    expect([state.isIdle, running()]).toEqual([true, 0])
  })

  it('is not put right by the answer to what was sent before it began', () => {
    const { send, state } = session()
    const before = send('INSERT INTO t VALUES (1)')
    const begin = send('BEGIN')
    state.succeed(before, ok)
    expect(state.kind).toBe('open')
    state.succeed(begin, okInTransaction)
    expect(state.kind).toBe('open')
  })
})
