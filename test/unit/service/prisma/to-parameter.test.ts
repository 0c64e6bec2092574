import mysql2 from 'mysql2'
import { describe, expect, it } from 'vitest'
import type { ArgType } from '../../../../src/service/prisma.ts'
import { toParameter } from '../../../../src/service/prisma/to-parameter.ts'

const { BIGINT, NEWDECIMAL } = mysql2.TypedParameter
const of = (scalarType: string, dbType?: string): ArgType => ({
  scalarType,
  arity: 'scalar',
  ...(dbType !== undefined && { dbType }),
})

describe('a value of a statement', () => {
  it.each([
    ['a whole number', 5, of('int'), BIGINT(5)],
    ['a whole number of a raw query', 5, of('decimal'), BIGINT(5)],
    ['a large number', '9007199254740993', of('bigint'), BIGINT(9007199254740993n)],
    ['a number beyond the signed ones', 2n ** 64n - 1n, of('bigint'), BIGINT.unsigned(2n ** 64n - 1n)],
    ['a decimal', '12345678901234567890.1', of('decimal'), NEWDECIMAL('12345678901234567890.1')],
  ])('is bound by its type: %s', (_name, value, type, bound) => {
    expect(toParameter(value, type)).toEqual(bound)
  })

  it.each([
    ['a float', 5, of('float'), 5],
    ['a part of a number', 1.5, of('decimal'), 1.5],
    ['a text', '5', of('string'), '5'],
    ['a truth', true, of('boolean'), true],
    ['nothing', null, of('datetime'), null],
    ['a value of no known type', 'text', undefined, 'text'],
    ['bytes as a text', 'AP8=', of('bytes'), Buffer.of(0, 255)],
    ['bytes', Uint8Array.of(0, 255), of('bytes'), Buffer.of(0, 255)],
    ['a part of other bytes', Uint8Array.of(9, 0, 255).subarray(1), of('bytes'), Buffer.of(0, 255)],
  ])('goes as it is to the driver: %s', (_name, value, type, bound) => {
    expect(toParameter(value, type)).toEqual(bound)
  })

  it.each([
    ['DATETIME', '2024-02-29 12:34:56.789'],
    ['DATE', '2024-02-29'],
    ['TIME', '12:34:56.789'],
    [undefined, '2024-02-29 12:34:56.789'],
  ])('is a time in UTC, as a column of the type %s has it', (dbType, bound) => {
    const text = '2024-02-29T12:34:56.789Z'
    expect(toParameter(text, of('datetime', dbType))).toBe(bound)
    expect(toParameter(new Date(text), of('datetime', dbType))).toBe(bound)
    expect(toParameter('2024-02-29T14:34:56.789+02:00', of('datetime', dbType))).toBe(bound)
  })

  it('keeps the microseconds that the database gave, and refuses what is no time', () => {
    expect(toParameter('2024-02-29T12:34:56.123456+00:00', of('datetime'))).toBe('2024-02-29 12:34:56.123456')
    expect(() => toParameter('yesterday', of('datetime'))).toThrow(RangeError)
  })
})
