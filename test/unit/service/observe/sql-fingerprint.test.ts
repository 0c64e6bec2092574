import { constantFrom, property, string, integer, assert, array, oneof } from 'fast-check'
import { format } from 'mysql2'
import { describe, expect, it } from 'vitest'
import { sqlFingerprint } from '../../../../src/service/observe/sql-fingerprint.ts'
import { stackFrames } from '../../../../src/service/observe/stack-frames.ts'

describe('the fingerprint of a statement', () => {
  const same: readonly (readonly [string, string])[] = [
    ['SELECT * FROM t WHERE a = ?', "select *\n  from t where a='it''s \\' me'"],
    ['SELECT * FROM t WHERE a = ?', 'SELECT * FROM t WHERE a = -12.5e+3'],
    ['SELECT * FROM t WHERE a = ?', 'SELECT * FROM t WHERE a = 0xff -- why'],
    ['SELECT * FROM t WHERE a = ?', '/* who */ SELECT * FROM t WHERE a = :id # why'],
    ['SELECT * FROM t WHERE a IN (?)', "SELECT * FROM t WHERE a IN (1, 'b', NULL)"],
    ['INSERT INTO t (a, b) VALUES (?, ?)', "INSERT INTO t (a,b) VALUES (1,'x'), (2,NULL), (-3,true)"],
  ]
  it.each(same)('is the same for %s and %s', (one, other) => {
    expect(sqlFingerprint(other)).toBe(sqlFingerprint(one))
  })

  it.each([
    ['SELECT a FROM t', 'SELECT b FROM t'],
    ['SELECT a FROM t1', 'SELECT a FROM t2'],
    ['SELECT a FROM `t 1`', 'SELECT a FROM `t 2`'],
    ['DELETE FROM t WHERE a = 1', 'DELETE FROM t'],
  ])('tells %s from %s', (one, other) => {
    expect(sqlFingerprint(other)).not.toBe(sqlFingerprint(one))
  })

  it('does not depend on any value, as the driver writes it into the text', () => {
    const value = oneof(
      string({ unit: 'binary-ascii' }),
      integer(),
      constantFrom(null, true, "'", '\\', "\\'", '?'),
    )
    assert(
      property(array(value, { minLength: 3, maxLength: 3 }), (values) => {
        const sql = 'UPDATE t SET a = ?, b = ? WHERE c = ?'
        expect([sqlFingerprint(format(sql, values)), values]).toEqual([sqlFingerprint(sql), values])
      }),
    )
  })
})

describe('the frames of a stack', () => {
  it('are those of a real error, without its message', () => {
    const error = new Error('first line\n    at second (of the message)\nthird')
    const frames = stackFrames(error.stack)
    expect(frames).toContain('sql-fingerprint.test.ts')
    expect(frames).not.toMatch(/line|second|third/)
  })

  it.each([undefined, 7, '', 'Error: text', "Error: x\n    at f ('value')"])('are none in %s', (stack) => {
    expect(stackFrames(stack)).toBeUndefined()
  })
})
