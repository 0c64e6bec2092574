import type { RawAnswer } from './answer-headers.ts'

/** Thrown by the guard of NestJS, which cannot answer by itself. Holds what the filter is to answer. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest'
  /** For filters that do not know it: they answer what an error of this form asks for. */
  readonly statusCode = 503
  readonly answer: RawAnswer

  constructor(answer: RawAnswer) {
    super('System upgrading, please try again later')
    this.answer = answer
  }
}
