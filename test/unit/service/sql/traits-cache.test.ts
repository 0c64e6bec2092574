import { expect, it } from 'vitest'
import { traits } from '../../../../src/service/sql/traits.ts'
import { TraitsCache } from '../../../../src/service/sql/traits-cache.ts'

const read = traits(false, 'none', false)

function countingCache(): { cache: TraitsCache; described: string[] } {
  const described: string[] = []
  const cache = new TraitsCache((text) => {
    described.push(text)
    return read
  })
  return { cache, described }
}

it('describes a text once', () => {
  const { cache, described } = countingCache()
  expect(cache.get('SELECT 1')).toBe(read)
  expect(cache.get('SELECT 1')).toBe(read)
  expect(described).toEqual(['SELECT 1'])
})

it('keeps what comes again while a flood of texts comes once', () => {
  const { cache, described } = countingCache()
  for (let i = 0; i < 100_000; i += 1) {
    cache.get(`SELECT * FROM t WHERE id = ${i}`)
    if (i % 1000 === 0) cache.get('SELECT 1')
  }
  expect(described.filter((text) => text === 'SELECT 1')).toHaveLength(1)
  expect(cache.size).toBeLessThanOrEqual(4000)
})

it('keeps no more than two million characters', () => {
  const { cache } = countingCache()
  for (let i = 0; i < 1000; i += 1) cache.get(`SELECT ${i} ${'x'.repeat(10_000)}`)
  expect(cache.size).toBeLessThanOrEqual(200)
})

it('does not keep very long texts', () => {
  const { cache, described } = countingCache()
  const long = `SELECT '${'x'.repeat(20_000)}'`
  cache.get(long)
  cache.get(long)
  expect(described).toHaveLength(2)
  expect(cache.size).toBe(0)
})
