import { CutoverError } from '../../core/errors.ts'
import type { HttpAnswer } from '../shared/http-message.ts'
import { fieldOf, parseJson, textOf } from '../shared/json-fields.ts'

/** Why the gateway refused; '' when it does not say. Not for messages to people: it is somebody else's text. */
export function messageOf(answer: HttpAnswer): string {
  return textOf(parseJson(answer.body), 'message')
}

/** The number of the gRPC status with which the gateway refused; undefined when it is not the gateway that answers. */
export function codeOf(answer: HttpAnswer): number | undefined {
  const code = fieldOf(parseJson(answer.body), 'code')
  return typeof code === 'number' ? code : undefined
}

/** An answer of the gateway to a request that it did. */
export interface Answer {
  readonly body: unknown
  /** The revision of the whole store at that moment. */
  readonly revision: bigint
}

/** Undefined when this is not the answer to a request that was done: every such answer has a header. */
export function doneAnswer(answer: HttpAnswer): Answer | undefined {
  if (answer.status !== 200) return undefined
  const body = parseJson(answer.body)
  const revision = numberIn(fieldOf(body, 'header'), 'revision')
  return revision === undefined ? undefined : { body, revision }
}

/** The gateway writes 64 bit numbers as text. */
export function numberIn(value: unknown, name: string): bigint | undefined {
  const text = textOf(value, name)
  return /^\d{1,19}$/.test(text) ? BigInt(text) : undefined
}

/** An answer that cannot be accepted, told by status and code only: bodies may hold content. */
export function refusal(answer: HttpAnswer, what: string): CutoverError {
  const code = codeOf(answer)
  if (answer.status === 404 && code === undefined) {
    return new CutoverError(
      'system.unsupported',
      `${answer.server} has no JSON gateway to ${what} (HTTP 404)`,
      {
        where: answer.server,
        hint: 'Check the address; etcd must be 3.4 or later and run without --enable-grpc-gateway=false.',
      },
    )
  }
  const told = `HTTP ${answer.status}${code === undefined ? '' : `, code ${code}`}`
  return new CutoverError('system.refused', `${answer.server} would not ${what} (${told})`, {
    where: answer.server,
    hint: "Look at etcd's log for the reason.",
  })
}
