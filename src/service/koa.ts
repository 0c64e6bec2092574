/** The package's sub-path `cutover-kit/koa`: what a Koa 2 or 3 service imports. */
import type { RawAnswer } from './http/answer-headers.ts'
import { replaceHeaders } from './http/answer-headers.ts'
import type { BeforeHandlerOptions } from './http/before-handler-options.ts'
import { createErrorJudge } from './http/error-judge.ts'
import { createHandlerDoor } from './http/handler-door.ts'
import type { NodeRequest, NodeResponse } from './http/node-exchange.ts'
import { viewOf, watchClient } from './http/node-exchange.ts'
import type { UpgradingOptions } from './http/upgrading-options.ts'

export * from './http/shared.ts'

/** The part of Koa's context that is used. */
export interface KoaContext {
  readonly req: NodeRequest
  readonly res: NodeResponse
  readonly originalUrl: string
  readonly headerSent: boolean
  /** False: the handler answers by itself, past Koa. */
  readonly respond?: boolean | undefined
  readonly response: {
    get(name: string): string | readonly string[]
    set(name: string, value: string): void
    remove(name: string): void
  }
  status: number
  body: unknown
}

export type KoaMiddleware = (context: KoaContext, next: () => Promise<unknown>) => Promise<unknown>

/**
 * Middleware that catches. While a notice says that this service is being upgraded, errors by which the database
 * refused a write become a friendly 503; a write whose fate is unknown gets an answer that says so. Every other error
 * is thrown on untouched. Use it first, also before CORS: Koa's own answer to an error removes all headers.
 */
export function upgrading(options: UpgradingOptions): KoaMiddleware {
  const judge = createErrorJudge(options)
  return async (context, next) => {
    try {
      return await next()
    } catch (error) {
      const answer = judge(error, viewOfContext(context), context.headerSent || context.respond === false)
      if (answer === undefined) throw error
      return send(context, answer)
    }
  }
}

/**
 * Keeps requests that write from their handlers while writes are stopped, so that no mail is sent and nothing is
 * charged for an order that cannot be stored. Use it before the routes.
 */
export function beforeHandler(options: BeforeHandlerOptions): KoaMiddleware {
  const door = createHandlerDoor(options)
  return async (context, next) => {
    if (door.isOpen()) return next()
    const passage = await door.judge(viewOfContext(context), () => watchClient(context.res))
    if (passage === 'pass') return next()
    if (passage !== 'gone') send(context, passage)
    return undefined
  }
}

function viewOfContext(context: KoaContext): ReturnType<typeof viewOf> {
  const { method, headers } = context.req
  return viewOf({ method, headers, url: context.originalUrl }, context)
}

function send(context: KoaContext, answer: RawAnswer): void {
  const { response } = context
  replaceHeaders(
    {
      get: (name) => response.get(name),
      set: (name, value) => response.set(name, value),
      remove: (name) => response.remove(name),
    },
    answer,
  )
  context.status = answer.status
  context.body = answer.body
}
