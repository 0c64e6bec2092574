import { CutoverError } from '../../core/errors.ts'
import type { HttpAnswer } from '../shared/http-message.ts'
import { fieldOf, parseJson, textOf } from '../shared/json-fields.ts'

/** ISO 8601 of a time in epoch milliseconds or text; '' when it is neither. */
export function timeOf(value: unknown, name: string): string {
  const field = fieldOf(value, name)
  if (typeof field !== 'number' && typeof field !== 'string') return ''
  const date = new Date(field)
  return Number.isNaN(date.getTime()) ? '' : date.toISOString()
}

/** Who did something, for messages; '' for what cannot be the name of a user. */
export function nameIn(value: unknown, name: string): string {
  const text = textOf(value, name)
  return /^[\p{L}\p{N}._@+-]{1,64}$/u.test(text) ? text : ''
}

/** The v3 envelope's data. Status alone proves nothing: only code 0 is success. */
export function dataOf(answer: HttpAnswer, what: string): unknown {
  const body = parseJson(answer.body)
  if (answer.status === 200 && fieldOf(body, 'code') === 0) return fieldOf(body, 'data')
  throw refusal(answer, what)
}

/** The v3 envelope's code; undefined without an envelope. */
export function codeOf(answer: HttpAnswer): number | undefined {
  const code = fieldOf(parseJson(answer.body), 'code')
  return typeof code === 'number' ? code : undefined
}

/** An answer that cannot be accepted, told by status and code only: bodies may hold content. */
export function refusal(answer: HttpAnswer, what: string): CutoverError {
  const code = codeOf(answer)
  const told = `HTTP ${answer.status}${code === undefined ? '' : `, code ${code}`}`
  const removed = answer.status === 404 || answer.status === 410
  if (removed && code === undefined) {
    return new CutoverError('system.unsupported', `${answer.server} has no route to ${what} (${told})`, {
      where: answer.server,
      hint: 'Check the context path; the route may be switched off or removed in this version of Nacos.',
    })
  }
  return new CutoverError('system.refused', `${answer.server} would not ${what} (${told})`, {
    where: answer.server,
    hint: "Look at the config center's log for the reason.",
  })
}
