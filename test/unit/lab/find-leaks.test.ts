import { expect, test } from 'vitest'
import { findLeaks } from '../../../src/lab/load/find-leaks.ts'

const words = ['order_lines', 'orders_app']
const secrets = ['Xy7-secret']

test.each<[string, string[]]>([
  ['{"code":"system-upgrading","message":"系统升级中，请稍后再试","retryAfter":3}', []],
  ['{"detail":"System upgrading, please try again later","instance":"urn:uuid:0b1c-22"}', []],
  ['INSERT INTO orders VALUES (1)', ['sql']],
  ['SELECT a\nFROM t', ['sql']],
  ["INSERT command denied to user 'x'", ['database error']],
  ['Error: no\n    at query (/srv/app:10:3)', ['stack trace']],
  ['connect ECONNREFUSED 10.0.0.3:3306', ['address']],
  ['see db-1.internal:3306', ['address']],
  ['table order_lines', ['name']],
  ['password Xy7-secret', ['secret']],
])('of %j leaks %j', (body, kinds) => {
  expect(findLeaks(body, words, secrets)).toEqual(kinds)
})
