import { describe, expect, it } from 'vitest'
import { errorMeanings, meaningOf, meaningsNamed } from '../../../src/databases/error-meaning.ts'

describe('the table of error meanings', () => {
  it('has one row per number and product', () => {
    const keys = errorMeanings.flatMap(({ errno, flavour }) =>
      flavour === 'both' ? [`${errno} mysql`, `${errno} mariadb`] : [`${errno} ${flavour}`],
    )
    expect(keys.length).toBe(new Set(keys).size)
  })

  it('gives a source for every row: a test on a server, or why there is none', () => {
    const without = errorMeanings.filter(
      ({ source }) => source.provokedOn.length === 0 && source.basis.trim() === '',
    )
    expect(without).toEqual([])
  })

  it('says why, where a row of both products is provoked on one of them only', () => {
    const halves = errorMeanings.filter(
      ({ flavour, source }) => flavour === 'both' && source.provokedOn.length === 1 && source.basis === '',
    )
    expect(halves).toEqual([])
  })

  it('claims no test on a server that does not have the number', () => {
    const wrong = errorMeanings.filter(
      ({ flavour, source }) => flavour !== 'both' && source.provokedOn.some((engine) => engine !== flavour),
    )
    expect(wrong).toEqual([])
  })

  it('never lets a bug pass for a refusal', () => {
    expect(errorMeanings.filter((row) => row.class === 'bug' && row.refusesWrites !== false)).toEqual([])
  })

  it('answers without a product only where the number cannot mean anything else', () => {
    expect(meaningOf(3989)?.symbol).toBe('ER_SCHEMA_READ_ONLY')
    expect(meaningOf(1927)?.symbol).toBe('ER_CONNECTION_KILLED')
    expect(meaningOf(1142)?.flavour).toBe('both')
    expect([4031, 4151, 3032, 3024].map((errno) => meaningOf(errno))).toEqual(Array(4).fill(undefined))
    expect(meaningOf(4031, 'mariadb')?.class).toBe('bug')
    expect(meaningOf(3989, 'mariadb')).toBeUndefined()
  })

  it('finds rows by number and by symbol', () => {
    expect(meaningsNamed('4031')).toHaveLength(2)
    expect(meaningsNamed('er_dup_entry').map(({ errno }) => errno)).toEqual([1062])
    expect(meaningsNamed('ER_NOPE')).toEqual([])
  })
})
