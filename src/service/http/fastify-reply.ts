import type { RawAnswer } from './answer-headers.ts'
import { replaceHeaders } from './answer-headers.ts'
import type { NodeResponse } from './node-exchange.ts'

/** The part of Fastify's reply that is used. */
export interface FastifyReply {
  readonly raw: NodeResponse
  readonly sent: boolean
  code(status: number): FastifyReply
  getHeader(name: string): number | string | string[] | undefined
  header(name: string, value: string): FastifyReply
  removeHeader(name: string): unknown
  send(body: string): unknown
}

/** Something of the handler's own answer is out, or the handler has taken the reply over. */
export function hasBegun(reply: FastifyReply): boolean {
  return reply.sent || reply.raw.headersSent
}

/** Sends an answer in place of what was prepared; the hooks of the service see it like any other. */
export function sendReply(reply: FastifyReply, answer: RawAnswer): void {
  replaceHeaders(
    {
      get: (name) => reply.getHeader(name),
      set: (name, value) => reply.header(name, value),
      remove: (name) => reply.removeHeader(name),
    },
    answer,
  )
  reply.code(answer.status)
  reply.send(answer.body)
}
