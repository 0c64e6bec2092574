import { describe, expect, test } from 'vitest'
import { normaliseGrant } from '../../../src/databases/normalise-grant.ts'
import { parseGrant } from '../../../src/databases/parse-grant.ts'
import { matchesPattern, quoteName, quoteSchemaPattern } from '../../../src/databases/quote.ts'
import { grantChanges } from '../../../src/databases/restore-grants.ts'
import { describeWriteRight, findWriteRights } from '../../../src/databases/write-rights.ts'

const account = { user: 'u1', host: '%' }

describe('names', () => {
  test('a backtick in a name cannot end the quotes', () => {
    expect(quoteName('a`; DROP TABLE x; --')).toBe('`a``; DROP TABLE x; --`')
  })

  test('a schema in GRANT has its wildcards escaped', () => {
    expect(quoteSchemaPattern('a_b%')).toBe('`a\\_b\\%`')
  })

  test.each([
    ['a_b', 'axb', true],
    ['a\\_b', 'axb', false],
    ['a\\_b', 'a_b', true],
    ['10.%', '10.1.2.3', true],
    ['10.%', '110.1.2.3', false],
    ['a.b', 'axb', false],
  ])('the pattern %s against %s: %s', (pattern, text, expected) => {
    expect(matchesPattern(pattern, text)).toBe(expected)
  })
})

describe('lines of SHOW GRANTS', () => {
  test('columns, odd names and the grant option are read', () => {
    const line =
      'GRANT SELECT (`a``b`), INSERT (`c,d`, `a``b`), DELETE ON `orders`.`odd` TO `u1`@`%` WITH GRANT OPTION'
    expect(parseGrant(line)).toMatchObject({
      kind: 'privileges',
      revoked: false,
      grantOption: true,
      object: { level: 'table', schema: 'orders', table: 'odd', sql: '`orders`.`odd`' },
      privileges: [
        { name: 'SELECT', columns: ['a`b'] },
        { name: 'INSERT', columns: ['c,d', 'a`b'] },
        { name: 'DELETE' },
      ],
    })
  })

  test('schema patterns, routines, partial revokes and roles are told apart', () => {
    expect(parseGrant('GRANT SELECT ON `a\\_b`.* TO `u1`@`%`')).toMatchObject({
      object: { level: 'schema', pattern: 'a\\_b' },
    })
    expect(parseGrant('GRANT EXECUTE ON PROCEDURE `orders`.`p` TO `u1`@`%`')).toMatchObject({
      object: { level: 'routine', sql: 'PROCEDURE `orders`.`p`' },
    })
    expect(parseGrant('REVOKE INSERT ON `orders`.* FROM `u1`@`%`')).toMatchObject({ revoked: true })
    expect(parseGrant('GRANT `r1`@`%`,`r2`@`%` TO `u1`@`%`')).toMatchObject({
      kind: 'roles',
      roles: [
        { user: 'r1', host: '%' },
        { user: 'r2', host: '%' },
      ],
    })
    expect(parseGrant('GRANT `r1` TO `u1`@`%` WITH ADMIN OPTION')).toMatchObject({
      roles: [{ user: 'r1', host: undefined }],
      adminOption: true,
    })
    expect(parseGrant("GRANT PROXY ON 'a'@'b' TO 'u1'@'%'")).toMatchObject({ kind: 'other' })
    expect(parseGrant('SET DEFAULT ROLE `r1` FOR `u1`@`%`')).toMatchObject({ kind: 'other' })
  })

  test.each([
    [
      "GRANT RELOAD ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*AB WITH' REQUIRE SSL WITH GRANT OPTION MAX_USER_CONNECTIONS 7",
      'GRANT RELOAD ON *.* TO `u`@`%` REQUIRE SSL WITH GRANT OPTION MAX_USER_CONNECTIONS 7',
    ],
    [
      "GRANT USAGE ON *.* TO `u`@`%` IDENTIFIED VIA ed25519 USING 'x' OR mysql_native_password USING '*y'",
      'GRANT USAGE ON *.* TO `u`@`%`',
    ],
    [
      'GRANT INSERT (`b`, `a`), DELETE ON `o`.`t` TO `u`@`%`',
      'GRANT INSERT (`a`, `b`), DELETE ON `o`.`t` TO `u`@`%`',
    ],
    ['GRANT `r1`@`%` TO `u1`@`%`', 'GRANT `r1`@`%` TO `u1`@`%`'],
  ])('a line without its password: %s', (line, expected) => {
    expect(normaliseGrant(line)).toBe(expected)
  })
})

describe('restoring grants', () => {
  test('equal lists need nothing', () => {
    const lines = ['GRANT USAGE ON *.* TO `u1`@`%`', 'GRANT SELECT ON `orders`.* TO `u1`@`%`']
    expect(grantChanges(account, lines, lines)).toEqual([])
  })

  test('what is missing is given before what is too much is taken', () => {
    const changes = grantChanges(
      account,
      ['GRANT SELECT, DROP ON `orders`.* TO `u1`@`%`'],
      ['GRANT SELECT, INSERT ON `orders`.* TO `u1`@`%` WITH GRANT OPTION'],
    )
    expect(changes).toEqual([
      'GRANT INSERT ON `orders`.* TO `u1`@`%`',
      'GRANT USAGE ON `orders`.* TO `u1`@`%` WITH GRANT OPTION',
      'REVOKE DROP ON `orders`.* FROM `u1`@`%`',
    ])
  })

  test('all privileges come back as all privileges', () => {
    const changes = grantChanges(
      account,
      ['GRANT SELECT, REFERENCES ON `orders`.* TO `u1`@`%`'],
      ['GRANT ALL PRIVILEGES ON `orders`.* TO `u1`@`%`'],
    )
    expect(changes).toEqual(['GRANT ALL PRIVILEGES ON `orders`.* TO `u1`@`%`'])
  })

  test('all privileges that were not there are narrowed to what was', () => {
    const changes = grantChanges(
      account,
      ['GRANT ALL PRIVILEGES ON `orders`.* TO `u1`@`%`'],
      ['GRANT SELECT ON `orders`.* TO `u1`@`%`'],
    )
    expect(changes).toEqual([
      'REVOKE ALL PRIVILEGES ON `orders`.* FROM `u1`@`%`',
      'GRANT SELECT ON `orders`.* TO `u1`@`%`',
    ])
  })
})

describe('write rights', () => {
  const held = (...lines: string[]) => lines.map((line) => ({ line: parseGrant(line), through: undefined }))
  const find = (lines: string[], tables?: readonly string[]) =>
    findWriteRights(held(...lines), [{ schema: 'orders', tables }]).map(describeWriteRight)

  test('reading is none, and other tables do not count', () => {
    expect(find(['GRANT SELECT, SHOW VIEW, LOCK TABLES ON `orders`.* TO `u1`@`%`'])).toEqual([])
    expect(find(['GRANT INSERT ON `billing`.* TO `u1`@`%`'])).toEqual([])
    expect(find(['GRANT INSERT ON `orders`.`lines` TO `u1`@`%`'], ['orders'])).toEqual([])
  })

  test('they are named with columns, level and origin', () => {
    expect(find(['GRANT SELECT, INSERT (`id`) ON `orders`.`orders` TO `u1`@`%`'])).toEqual([
      'INSERT (id) on `orders`.`orders` (table)',
    ])
    expect(find(['GRANT ALL PRIVILEGES ON `ord%`.* TO `u1`@`%`'])).toEqual([
      'ALL PRIVILEGES on `ord%`.* (schema)',
    ])
  })

  test('a partial revoke takes a global privilege back', () => {
    const lines = [
      'GRANT SELECT, INSERT, UPDATE ON *.* TO `u1`@`%`',
      'REVOKE INSERT ON `orders`.* FROM `u1`@`%`',
    ]
    expect(find(lines)).toEqual(['UPDATE on *.* (global)'])
  })
})
