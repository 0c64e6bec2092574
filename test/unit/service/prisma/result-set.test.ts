import { describe, expect, it } from 'vitest'
import { columnTypeOf, columnTypes } from '../../../../src/service/prisma/column-type.ts'
import { affectedRowsOf, toResultSet } from '../../../../src/service/prisma/to-result-set.ts'

const binary = 63
const utf8 = 224
const column = (columnType: number, more: object = {}): never =>
  ({ name: 'a', columnType, flags: 0, characterSet: utf8, ...more }) as never

describe('a column', () => {
  it.each([
    ['TINYINT', 0x01, {}, 'int32'],
    ['INT', 0x03, {}, 'int32'],
    ['INT UNSIGNED, which no signed number of 32 bits holds', 0x03, { flags: 32 }, 'int64'],
    ['BIGINT', 0x08, {}, 'int64'],
    ['FLOAT', 0x04, {}, 'float'],
    ['DOUBLE', 0x05, {}, 'double'],
    ['DECIMAL', 0xf6, {}, 'numeric'],
    ['DATE', 0x0a, {}, 'date'],
    ['TIME', 0x0b, {}, 'time'],
    ['DATETIME', 0x0c, {}, 'dateTime'],
    ['TIMESTAMP', 0x07, {}, 'dateTime'],
    ['JSON of MySQL', 0xf5, { characterSet: binary }, 'json'],
    ['JSON of MariaDB', 0xfc, { extendedFormat: 'json' }, 'json'],
    ['VARCHAR', 0xfd, {}, 'text'],
    ['VARBINARY', 0xfd, { characterSet: binary }, 'bytes'],
    ['ENUM', 0xfe, { flags: 256 }, 'enum'],
    ['BIT', 0x10, { characterSet: binary }, 'bytes'],
    ['GEOMETRY', 0xff, {}, 'bytes'],
  ] as const)('of the type %s', (_name, number, more, type) => {
    expect(columnTypeOf(column(number, more))).toBe(columnTypes[type])
  })
})

describe('an answer', () => {
  const header = { affectedRows: 2, insertId: 7 }

  it('of rows has them as lists, and times say that they are UTC', () => {
    const result = [
      [1, '2024-02-29 12:34:56.123456'],
      [2, null],
    ]
    const fields = [column(0x03, { name: 'id' }), column(0x0c, { name: 'at' })]
    expect(toResultSet({ result, fields })).toEqual({
      columnNames: ['id', 'at'],
      columnTypes: [columnTypes.int32, columnTypes.dateTime],
      rows: [
        [1, '2024-02-29T12:34:56.123456+00:00'],
        [2, null],
      ],
    })
    expect(affectedRowsOf({ result: [[1]], fields: [column(0x03)] })).toBe(0)
    expect(affectedRowsOf({ result: [], fields: [column(0x03)] })).toBe(0)
  })

  it('of a write has the number it made, and how many rows it matched', () => {
    const answer = { result: header, fields: undefined }
    expect(toResultSet(answer)).toEqual({ columnNames: [], columnTypes: [], rows: [], lastInsertId: '7' })
    expect(affectedRowsOf(answer)).toBe(2)
  })

  it('of a procedure has its first rows, and what its last statement matched', () => {
    const answer = { result: [[[1]], header], fields: [[column(0x03)], undefined] }
    expect(toResultSet(answer)).toMatchObject({ columnNames: ['a'], rows: [[1]] })
    expect(affectedRowsOf(answer)).toBe(2)
  })
})
