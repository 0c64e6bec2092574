import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { describeText } from '../../../../src/service/sql/describe-text.ts'
import type { StatementTraits } from '../../../../src/service/sql/statement-traits.ts'

const statements = [
  'SELECT 1',
  'SELECT `a`, "b" FROM t WHERE c = \'d\' AND e = ?',
  String.raw`SELECT 'it\'s'`,
  'SELECT @a := 1',
  'SELECT a INTO @a FROM t',
  'SELECT * FROM t FOR UPDATE',
  'SELECT * FROM t LOCK IN SHARE MODE',
  "SELECT 1 INTO OUTFILE 'x'",
  'SELECT NEXT VALUE FOR s',
  '(SELECT 1) UNION (SELECT 2)',
  'WITH a AS (SELECT 1) SELECT * FROM a',
  'WITH a AS (SELECT 1) DELETE FROM t',
  'SHOW TABLES',
  'DESC t',
  'EXPLAIN SELECT 1',
  'EXPLAIN DELETE FROM t',
  'INSERT INTO t VALUES (1)',
  'UPDATE t SET a = 1',
  'DELETE FROM t',
  'CREATE TABLE t (a INT)',
  'CALL p()',
  'DO f()',
  'BEGIN',
  'START TRANSACTION READ ONLY',
  'COMMIT',
  'ROLLBACK AND CHAIN',
  'SET autocommit = 0',
  'SET GLOBAL a = 1',
  'SET @a = 1',
  "GET_LOCK('a', 1)",
  'LOCK TABLES t READ',
  "XA START 'a'",
  'USE d',
]

const statement = fc.constantFrom(...statements)
const blank = fc.constantFrom(
  ' ',
  '\n',
  '\t',
  '\v',
  '\f',
  '\r\n',
  '/* c */',
  '/**/',
  '/* a /* b */',
  '-- c\n',
  '#c\n',
  '--\n',
)
const blanks = fc.array(blank, { maxLength: 4 }).map((parts) => parts.join(''))
const anyText = fc.oneof(
  statement,
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(
      fc.constantFrom(
        ...statements,
        "'",
        '"',
        '`',
        '\\',
        '/*',
        '*/',
        '/*!',
        '--',
        ' ',
        '#',
        ';',
        '(',
        ')',
        '@',
        ':=',
      ),
      {
        maxLength: 8,
      },
    )
    .map((parts) => parts.join('')),
)

/** Every danger of one is a danger of the other. */
function expectAsDangerous(actual: StatementTraits, than: StatementTraits): void {
  if (than.mayWrite) expect(actual.mayWrite).toBe(true)
  if (than.leavesState) expect(actual.leavesState).toBe(true)
  if (than.several) expect(actual.several).toBe(true)
  if (than.transaction !== 'none') expect([than.transaction, 'unclear']).toContain(actual.transaction)
}

it('blanks and comments around a statement change nothing', () => {
  fc.assert(
    fc.property(blanks, statement, blanks, (before, text, after) => {
      expect(describeText(`${before}${text} ${after}`)).toEqual(describeText(text))
    }),
  )
})

it('blanks and comments between the words of a statement change nothing', () => {
  fc.assert(
    fc.property(statement, fc.array(blank, { minLength: 1, maxLength: 3 }), (text, between) => {
      const quoted = /'|"|`/.test(text)
      const spread = quoted ? text : text.replaceAll(' ', ` ${between.join('')}`)
      expect(describeText(spread)).toEqual(describeText(text))
    }),
  )
})

it('capitals and small letters are alike', () => {
  fc.assert(
    fc.property(statement, fc.infiniteStream(fc.boolean()), (text, flips) => {
      const mixed = text.split('').map((letter) => {
        const flip: unknown = flips.next().value
        return flip === true ? letter.toUpperCase() : letter.toLowerCase()
      })
      expect(describeText(mixed.join(''))).toEqual(describeText(text))
    }),
  )
})

it('statements joined are as dangerous as each, and several', () => {
  fc.assert(
    fc.property(fc.array(statement, { minLength: 2, maxLength: 4 }), (parts) => {
      const joined = describeText(parts.join(';'))
      expect(joined.several).toBe(true)
      for (const part of parts) expectAsDangerous(joined, describeText(part))
    }),
  )
})

it('an executable comment is never less dangerous than what is in it, or than what is around it', () => {
  fc.assert(
    fc.property(
      statement,
      statement,
      fc.constantFrom('!', '!50000 ', '!99999 ', 'M!', 'M!100100 '),
      (one, two, kind) => {
        const commented = describeText(`${one} /*${kind}${two}*/`)
        expectAsDangerous(commented, describeText(one))
        expectAsDangerous(commented, describeText(two))
      },
    ),
  )
})

it('text in quotes is no statement', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom("'", '"', '`'), (content, quote) => {
      const safe = content.replaceAll('\\', '').replaceAll(quote, quote + quote)
      expect(describeText(`SELECT ${quote}${safe}${quote}`)).toEqual(describeText('SELECT 1'))
    }),
  )
})

it('no text makes it fail, and none takes long', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const found = describeText(text)
      expect(typeof found.mayWrite).toBe('boolean')
    }),
    { numRuns: 2000 },
  )
  const nasty = [`'\\'`, '/*', '--', '((', "\\'", '`', '@', '"\\"', '1e', '. ']
  for (const part of nasty) {
    const began = performance.now()
    describeText(`SELECT ${part.repeat(200_000)}`)
    expect(performance.now() - began).toBeLessThan(2000)
  }
})

it('only what begins as a read, a transaction or a setting does may be no write', () => {
  const beginnings =
    /^(?:SELECT|TABLE|VALUES|WITH|SHOW|HELP|CHECKSUM|HANDLER|EXPLAIN|DESC|DESCRIBE|ANALYZE|START|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET|DO|USE|DEALLOCATE|DROP\s+PREPARE|UNLOCK)\b|^\(|^$/i
  fc.assert(
    fc.property(anyText, (text) => {
      if (describeText(text).mayWrite) return
      const bare = text.replace(
        /^(?:\s|;|\/\*(?!!|M!)[^]*?\*\/|--(?:\s[^\n]*)?(?:\n|$)|#[^\n]*(?:\n|$))+/i,
        '',
      )
      expect(bare).toMatch(beginnings)
    }),
    { numRuns: 2000 },
  )
})
