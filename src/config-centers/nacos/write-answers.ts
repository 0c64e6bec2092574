import type { HttpAnswer, HttpOutcome } from '../shared/http-message.ts'
import { fieldOf, parseJson } from '../shared/json-fields.ts'
import type { WriteOutcome } from '../shared/write-outcomes.ts'
import { codeOf } from './answers.ts'

const staleMd5 = 20_005

/** On v1 only the body `true` is success. @param conditional whether the write named the version it expects. */
export function writeOutcomeV1(outcome: HttpOutcome, conditional: boolean): WriteOutcome {
  if (outcome.kind !== 'answered') return outcome
  const { status, body } = outcome.answer
  if (status === 200 && body.trim() === 'true') return { kind: 'done' }
  if (conditional && isStaleV1(outcome.answer)) return { kind: 'stale' }
  return notDone(status, '')
}

/** In v1's envelope success is code 200 with data true. */
export function envelopeOutcomeV1(outcome: HttpOutcome): WriteOutcome {
  if (outcome.kind !== 'answered') return outcome
  const { status, body } = outcome.answer
  const envelope = parseJson(body)
  const done = fieldOf(envelope, 'code') === 200 && fieldOf(envelope, 'data') === true
  return status === 200 && done ? { kind: 'done' } : notDone(status, codeText(outcome.answer))
}

/** On v3 success is code 0 with data true. */
export function writeOutcomeV3(outcome: HttpOutcome): WriteOutcome {
  if (outcome.kind !== 'answered') return outcome
  const { status, body } = outcome.answer
  const code = codeOf(outcome.answer)
  if (status === 200 && code === 0 && fieldOf(parseJson(body), 'data') === true) return { kind: 'done' }
  return code === staleMd5 ? { kind: 'stale' } : notDone(status, codeText(outcome.answer))
}

/** The server checks a request before it acts on it: what it finds wrong with the request was not done. */
function notDone(status: number, more: string): WriteOutcome {
  const reason = `HTTP ${status}${more}`
  return status >= 400 && status < 500 ? { kind: 'refused', reason } : { kind: 'unknown', reason }
}

function codeText(answer: HttpAnswer): string {
  const code = codeOf(answer)
  return code === undefined ? '' : `, code ${code}`
}

function isStaleV1({ status, body }: HttpAnswer): boolean {
  return status === 500 && (body.trim() === 'false' || body.includes('Cas publish fail'))
}
