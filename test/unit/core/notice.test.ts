import { describe, expect, test } from 'vitest'
import { parseNotice } from '../../../src/core/notice.ts'

const notice = {
  kind: 'cutover-notice',
  version: 1,
  runId: '20261121-010203-abcd',
  epoch: 3,
  phase: 'upgrading',
  services: ['orders', 'billing'],
  since: '2026-11-21T01:02:03.456Z',
  until: '2026-11-21T01:12:03.456Z',
  retryAfterSeconds: 30,
}

const staged = { orders: { group: 'DEFAULT_GROUP', dataId: 'cutover-next.orders.yaml', etag: 'd41d8' } }
const hold = { at: '2026-11-21T01:02:04Z', drainMs: 500, late: 'keep', limitMs: 8000 }

function read(changes: object): unknown {
  return parseNotice(JSON.stringify({ ...notice, ...changes }))
}

describe('a notice', () => {
  test('is read as it was written', () => {
    const full = { ...notice, message: { 'zh-CN': '请稍后' }, staged, hold }
    expect(read({})).toEqual(notice)
    expect(parseNotice(JSON.stringify(full))).toEqual(full)
  })

  test('loses fields that this version does not know', () => {
    expect(read({ later: 'field' })).toEqual(notice)
    expect(parseNotice(JSON.stringify(notice).replace('{', '{"__proto__":{"phase":"done"},'))).toEqual(notice)
  })

  test.each<readonly [string, object]>([
    ['another kind', { kind: 'notice' }],
    ['another version', { version: 2 }],
    ['a number for the run', { runId: 7 }],
    ['a negative epoch', { epoch: -1 }],
    ['a broken epoch', { epoch: 1.5 }],
    ['an epoch too large to be exact', { epoch: 2 ** 60 }],
    ['a phase nobody knows', { phase: 'toString' }],
    ['one name for the services', { services: 'orders' }],
    ['a service without a name', { services: ['orders', null] }],
    ['a moment without a zone', { since: '2026-11-21T01:02:03' }],
    ['a moment in another zone', { until: '2026-11-21T01:02:03+08:00' }],
    ['a day without a time', { until: '2026-11-21' }],
    ['a day that does not exist', { until: '2026-02-30T01:02:03Z' }],
    ['an hour that does not exist', { until: '2026-11-21T24:00:00Z' }],
    ['no end', { until: undefined }],
    ['a retry at once', { retryAfterSeconds: 0 }],
    ['a message without languages', { message: 'wait' }],
    ['a message that is a list', { message: ['wait'] }],
    ['a message of numbers', { message: { en: 5 } }],
    ['a hold at no moment', { hold: { ...hold, at: 'soon' } }],
    ['a hold for less than nothing', { hold: { ...hold, limitMs: -1 } }],
    ['a hold that does not say what becomes of late ones', { hold: { ...hold, late: 'perhaps' } }],
    ['a staged document without its version', { staged: { orders: { group: 'g', dataId: 'd' } } }],
  ])('is none with %s', (_what, changes) => {
    expect(read(changes)).toBeUndefined()
  })

  test.each(['', 'null', '[]', '"cutover-notice"', '{', '12'])('is none: %s', (text) => {
    expect(parseNotice(text)).toBeUndefined()
  })
})
