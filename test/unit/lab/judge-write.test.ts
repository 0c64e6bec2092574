import { expect, test } from 'vitest'
import { judgeWrite } from '../../../src/lab/load/judge-write.ts'
import type { Exchange } from '../../../src/lab/load/send-request.ts'

function answered(status: number, body = '', retryAfter?: string): Exchange {
  return { kind: 'answered', status, body, retryAfter }
}

const friendly = JSON.stringify({ type: 'urn:cutover-kit:system-upgrading', code: 'system-upgrading' })
const unknown = JSON.stringify({ code: 'write-outcome-unknown' })

test.each<[string, Exchange, string]>([
  ['201', answered(201), 'acknowledged'],
  ['the upgrading answer', answered(503, friendly, '3'), 'refused-friendly'],
  ['the upgrading page', answered(503, '<p>系统升级中，请稍后再试</p>', '3'), 'refused-friendly'],
  ['the upgrading answer without Retry-After', answered(503, friendly), 'refused-other'],
  ['the upgrading answer with another status', answered(500, friendly, '3'), 'refused-other'],
  ['a bare 503 of the balancer', answered(503, 'no server', '3'), 'refused-other'],
  ['409', answered(409, '{"error":"duplicate"}'), 'refused-other'],
  ['500', answered(500, '{"error":"internal"}'), 'refused-other'],
  ['500 that says nobody knows', answered(500, unknown), 'unknown'],
  ['502 of a balancer that lost its backend', answered(502), 'unknown'],
  ['504', answered(504), 'unknown'],
  ['a connection that ended after the request was sent', { kind: 'lost', code: 'ECONNRESET' }, 'unknown'],
  ['no connection', { kind: 'not-connected', code: 'ECONNREFUSED' }, 'refused-other'],
])('%s is judged right', (_name, exchange, outcome) => {
  expect(judgeWrite(exchange)).toBe(outcome)
})
