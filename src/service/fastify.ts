/** The package's sub-path `cutover-kit/fastify`: what a Fastify 4 or 5 service imports. */
import type { BeforeHandlerOptions } from './http/before-handler-options.ts'
import { createErrorJudge } from './http/error-judge.ts'
import type { FastifyReply } from './http/fastify-reply.ts'
import { hasBegun, sendReply } from './http/fastify-reply.ts'
import { createHandlerDoor } from './http/handler-door.ts'
import type { NodeRequest } from './http/node-exchange.ts'
import { viewOf, watchClient } from './http/node-exchange.ts'
import type { UpgradingOptions } from './http/upgrading-options.ts'

export type { FastifyReply } from './http/fastify-reply.ts'
export * from './http/shared.ts'

export type FastifyErrorHandler<Request extends NodeRequest, Reply extends FastifyReply> = (
  this: never,
  error: never,
  request: Request,
  reply: Reply,
) => unknown

/**
 * An error handler for `setErrorHandler`. While a notice says that this service is being upgraded, errors by which the
 * database refused a write become a friendly 503; a write whose fate is unknown gets an answer that says so. A plugin
 * that sets a handler of its own hides this one from its routes: give that one here as `otherwise`, or let it throw
 * on what it does not know.
 * @param otherwise gets every other error untouched. Default: it is thrown on, to the handler of the outer scope.
 */
export function upgrading<Request extends NodeRequest, Reply extends FastifyReply>(
  options: UpgradingOptions,
  otherwise?: FastifyErrorHandler<Request, Reply>,
): (this: unknown, error: unknown, request: Request, reply: Reply) => unknown {
  const judge = createErrorJudge(options)
  return function answerError(error, request, reply) {
    const answer = judge(error, viewOf(request), hasBegun(reply))
    if (answer !== undefined) return sendReply(reply, answer)
    if (otherwise === undefined) throw error
    return otherwise.call(this as never, error as never, request, reply)
  }
}

/**
 * A hook for `onRequest` or `preHandler`. Keeps requests that write from their handlers while writes are stopped, so
 * that no mail is sent and nothing is charged for an order that cannot be stored.
 */
export function beforeHandler(
  options: BeforeHandlerOptions,
): (request: NodeRequest, reply: FastifyReply, done: (error?: Error) => void) => void {
  const door = createHandlerDoor(options)
  return (request, reply, done) => {
    if (door.isOpen()) done()
    else void passOn(request, reply, done)
  }

  async function passOn(
    request: NodeRequest,
    reply: FastifyReply,
    done: (error?: Error) => void,
  ): Promise<void> {
    try {
      if (!(await pass(request, reply))) return
    } catch (error) {
      return done(error as Error)
    }
    done()
  }

  async function pass(request: NodeRequest, reply: FastifyReply): Promise<boolean> {
    const passage = await door.judge(viewOf(request), () => watchClient(reply.raw))
    if (passage === 'pass') return true
    if (passage !== 'gone' && !hasBegun(reply)) sendReply(reply, passage)
    return false
  }
}
