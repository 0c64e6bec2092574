/** The package's sub-path `cutover-kit/http`: what a service on plain `node:http` imports. */
import type { BeforeHandlerOptions } from './http/before-handler-options.ts'
import { createErrorJudge } from './http/error-judge.ts'
import { createHandlerDoor } from './http/handler-door.ts'
import type { NodeRequest, NodeResponse } from './http/node-exchange.ts'
import { mayPass, sendAnswer, viewOf } from './http/node-exchange.ts'
import type { UpgradingOptions } from './http/upgrading-options.ts'

export * from './http/shared.ts'

/** True: the error was answered. False: it is the service's own affair, and nothing was sent. */
export type ErrorAnswerer = (error: unknown, request: NodeRequest, response: NodeResponse) => boolean

/** True: the handler may run. False: the request has been answered, or its client has left. */
export type HandlerGuard = (request: NodeRequest, response: NodeResponse) => boolean | Promise<boolean>

/**
 * Answers errors. While a notice says that this service is being upgraded, errors by which the database refused a
 * write become a friendly 503; a write whose fate is unknown gets an answer that says so. Call it first where the
 * service catches what its handlers throw.
 */
export function upgrading(options: UpgradingOptions): ErrorAnswerer {
  const judge = createErrorJudge(options)
  return (error, request, response) => {
    const answer = judge(error, viewOf(request), response.headersSent)
    if (answer !== undefined) sendAnswer(response, answer)
    return answer !== undefined
  }
}

/**
 * Keeps requests that write from their handlers while writes are stopped, so that no mail is sent and nothing is
 * charged for an order that cannot be stored. Await it before the handler runs; it rejects with what the pool's gate
 * throws by mistake.
 */
export function beforeHandler(options: BeforeHandlerOptions): HandlerGuard {
  const door = createHandlerDoor(options)
  return (request, response) => door.isOpen() || mayPass(door, request, response)
}
