import { describe, expect, it } from 'vitest'
import { codeOf, doneAnswer, numberIn, refusal } from '../../../src/config-centers/etcd/answers.ts'
import { watchLineOf } from '../../../src/config-centers/etcd/watch-request.ts'
import type { HttpAnswer } from '../../../src/config-centers/shared/http-message.ts'

const answer = (status: number, body: string): HttpAnswer => ({
  server: 'http://etcd:2379',
  status,
  body,
  headers: new Headers(),
})

describe('an answer of the gateway', () => {
  it('to a request that was done has a revision of the store', () => {
    const body = '{"header":{"cluster_id":"9151734699010623715","revision":"12"},"succeeded":true}'
    expect(doneAnswer(answer(200, body))?.revision).toBe(12n)
  })

  it.each([
    ['another status', answer(201, '{"header":{"revision":"12"}}')],
    ['no body', answer(200, '')],
    ['an empty body', answer(200, '{}')],
    ['a page', answer(200, '<html></html>')],
    ['a list', answer(200, '[]')],
    ['a header that is none', answer(200, '{"header":"12"}')],
    ['a revision that is none', answer(200, '{"header":{"revision":"-1"}}')],
    ['a revision that is too long', answer(200, `{"header":{"revision":"${'9'.repeat(400)}"}}`)],
  ])('with %s is none of a request that was done', (_, told) => {
    expect(doneAnswer(told)).toBeUndefined()
  })

  it('keeps numbers of 64 bits exact', () => {
    expect(numberIn({ id: '9223372036854775807' }, 'id')).toBe(9_223_372_036_854_775_807n)
  })

  it('that refuses is told by status and code, without the text it carries', () => {
    const told = answer(400, '{"error":"secret text","message":"secret text","code":3}')
    expect(codeOf(told)).toBe(3)
    const error = refusal(told, 'read orders.yaml')
    expect(error).toMatchObject({ code: 'system.refused' })
    expect(error.message).toBe('http://etcd:2379 would not read orders.yaml (HTTP 400, code 3)')
    expect(`${error.message} ${error.hint} ${error.where}`).not.toContain('secret')
  })

  it('from an etcd without the gateway says what is missing', () => {
    expect(refusal(answer(404, '404 page not found\n'), 'read orders.yaml')).toMatchObject({
      code: 'system.unsupported',
    })
  })
})

describe('a line of a watch', () => {
  const header = '"header":{"revision":"9","raft_term":"2"}'

  it('that opens it tells of no change', () => {
    expect(watchLineOf(`{"result":{${header},"created":true}}`)).toEqual({
      changes: [],
      revision: 9n,
      isPiece: false,
      ended: false,
      oldest: undefined,
    })
  })

  it('tells creations, changes and removals in order', () => {
    const events = [
      '{"kv":{"key":"YQ==","create_revision":"3","mod_revision":"3","version":"1","value":"YTogMQ=="}}',
      '{"kv":{"key":"YQ==","create_revision":"3","mod_revision":"5","version":"2","value":"YTogMg=="}}',
      '{"type":"DELETE","kv":{"key":"YQ==","mod_revision":"6"}}',
    ]
    const { changes, ended } = watchLineOf(`{"result":{${header},"events":[${events.join(',')}]}}`)
    expect(changes).toEqual([
      { revision: 3n, operation: 'insert' },
      { revision: 5n, operation: 'update' },
      { revision: 6n, operation: 'delete' },
    ])
    expect(ended).toBe(false)
  })

  it('may be a piece of one that was too long', () => {
    expect(watchLineOf(`{"result":{${header},"fragment":true,"events":[]}}`).isPiece).toBe(true)
  })

  it('may say that the past is gone', () => {
    const { ended, oldest } = watchLineOf(`{"result":{${header},"canceled":true,"compact_revision":"7"}}`)
    expect({ ended, oldest }).toEqual({ ended: true, oldest: 7n })
  })

  it.each([
    [
      'a refusal',
      `{"result":{${header},"created":true,"canceled":true,"cancel_reason":"permission denied"}}`,
    ],
    ['an error', '{"error":{"grpc_code":14,"http_code":503,"message":"no leader"}}'],
    ['no JSON', '<html>'],
    ['nothing', ''],
    ['another type', '{"result":[1,2]}'],
  ])('that is %s is the end', (_, line) => {
    const { changes, ended } = watchLineOf(line)
    expect({ changes, ended }).toEqual({ changes: [], ended: true })
  })
})
