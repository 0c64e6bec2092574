import type { RawAnswer } from './answer-headers.ts'
import type { FastifyReply } from './fastify-reply.ts'
import { hasBegun, sendReply } from './fastify-reply.ts'
import type { NodeRequest, NodeResponse } from './node-exchange.ts'
import { sendAnswer, viewOf } from './node-exchange.ts'
import type { RequestView } from './request-view.ts'

/** The part of NestJS' ArgumentsHost and ExecutionContext that is used. */
export interface NestHost {
  getType(): string
  switchToHttp(): { getRequest(): unknown; getResponse(): unknown }
}

export function viewOfNest(host: NestHost): RequestView {
  return viewOf(host.switchToHttp().getRequest() as NodeRequest)
}

export function nodeResponseOf(host: NestHost): NodeResponse {
  const response = responseOf(host)
  return isReply(response) ? response.raw : response
}

/** Something of the handler's own answer is out. */
export function hasBegunNest(host: NestHost): boolean {
  const response = responseOf(host)
  return isReply(response) ? hasBegun(response) : response.headersSent
}

export function sendNest(host: NestHost, answer: RawAnswer): void {
  const response = responseOf(host)
  if (isReply(response)) sendReply(response, answer)
  else sendAnswer(response, answer)
}

function responseOf(host: NestHost): NodeResponse | FastifyReply {
  return host.switchToHttp().getResponse() as NodeResponse | FastifyReply
}

/** NestJS hands out what its platform has: Fastify's reply, or the response of Node that Express extends. */
function isReply(response: NodeResponse | FastifyReply): response is FastifyReply {
  return 'raw' in response && 'code' in response
}
