/** The package's sub-path `cutover-kit/express`: what an Express 4 or 5 service imports. */
import type { BeforeHandlerOptions } from './http/before-handler-options.ts'
import { createErrorJudge } from './http/error-judge.ts'
import { createHandlerDoor } from './http/handler-door.ts'
import type { NodeRequest, NodeResponse } from './http/node-exchange.ts'
import { mayPass, sendAnswer, viewOf } from './http/node-exchange.ts'
import type { UpgradingOptions } from './http/upgrading-options.ts'

export * from './http/shared.ts'

export type Next = (error?: unknown) => void
export type Middleware = (request: NodeRequest, response: NodeResponse, next: Next) => void
export type ErrorMiddleware = (
  error: unknown,
  request: NodeRequest,
  response: NodeResponse,
  next: Next,
) => void

/**
 * Error middleware. While a notice says that this service is being upgraded, errors by which the database refused a
 * write become a friendly 503; a write whose fate is unknown gets an answer that says so. Every other error, and every
 * error outside a window, goes to `next` untouched. Put it before the last error handler.
 */
export function upgrading(options: UpgradingOptions): ErrorMiddleware {
  const judge = createErrorJudge(options)
  // Express tells error middleware by its four parameters.
  return (error, request, response, next) => {
    const answer = judge(error, viewOf(request), response.headersSent)
    if (answer === undefined) next(error)
    else sendAnswer(response, answer)
  }
}

/**
 * Keeps requests that write from their handlers while writes are stopped, so that no mail is sent and nothing is
 * charged for an order that cannot be stored: refuses them while the service is being upgraded, lets them wait while
 * the pool's gate holds writes. Put it before the routes.
 */
export function beforeHandler(options: BeforeHandlerOptions): Middleware {
  const door = createHandlerDoor(options)
  return (request, response, next) => {
    if (door.isOpen()) next()
    else void passOn(mayPass(door, request, response), next)
  }
}

async function passOn(may: Promise<boolean>, next: Next): Promise<void> {
  try {
    if (!(await may)) return
  } catch (error) {
    return next(error)
  }
  next()
}
