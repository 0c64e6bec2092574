import { describe, expect, test } from 'vitest'
import { keySelect, rangePredicate } from '../../../src/verify/key-range.ts'
import type { PairedColumn } from '../../../src/verify/table-shape.ts'

function column(name: string, dataType: string, columnType = dataType): PairedColumn {
  const charset = dataType === 'varchar' ? 'utf8mb4' : null
  const shape = { name, dataType, columnType, charset, collation: null, nullable: false, virtual: false }
  return { name, source: shape, target: shape }
}

describe('a key range', () => {
  test('is open at both ends where nothing bounds it', () => {
    expect(rangePredicate([column('a', 'int')], { after: null, upTo: null })).toEqual({
      sql: 'TRUE',
      params: [],
    })
  })

  test('leaves its lower bound out and takes its upper bound in', () => {
    expect(rangePredicate([column('a', 'varchar')], { after: ['x'], upTo: ['y'] })).toEqual({
      sql: '((`a` > ?)) AND ((`a` <= ?))',
      params: ['x', 'y'],
    })
  })

  test('of several columns is written as ORs behind a range of the first one', () => {
    const key = [column('a', 'varchar'), column('b', 'varchar')]
    expect(rangePredicate(key, { after: ['x', 'y'], upTo: null })).toEqual({
      sql: '(`a` >= ? AND ((`a` > ?) OR (`a` = ? AND `b` > ?)))',
      params: ['x', 'x', 'x', 'y'],
    })
  })

  test('binds numbers as numbers and bytes as bytes', () => {
    const key = [
      column('u', 'bigint', 'bigint(20) unsigned'),
      column('d', 'decimal', 'decimal(30,10)'),
      column('r', 'binary'),
    ]
    const { sql } = rangePredicate(key, { after: ['1', '2', '00'], upTo: null })
    expect(sql).toContain('`u` = CAST(? AS UNSIGNED) AND `d` = CAST(? AS DECIMAL(30,10)) AND `r` > UNHEX(?)')
    expect(keySelect(key)).toBe('CAST(`u` AS CHAR) AS k0, CAST(`d` AS CHAR) AS k1, HEX(`r`) AS k2')
  })

  test('quotes names', () => {
    expect(rangePredicate([column('a`b', 'varchar')], { after: ['x'], upTo: null }).sql).toBe(
      '((`a``b` > ?))',
    )
  })
})
