/** The package's sub-path `cutover-kit/hono`: what a Hono 4 service imports. */
import type { RawAnswer } from './http/answer-headers.ts'
import { replaceHeaders } from './http/answer-headers.ts'
import type { BeforeHandlerOptions } from './http/before-handler-options.ts'
import { createErrorJudge } from './http/error-judge.ts'
import { createHandlerDoor } from './http/handler-door.ts'
import type { RequestView } from './http/request-view.ts'
import { pathOf } from './http/request-view.ts'
import type { UpgradingOptions } from './http/upgrading-options.ts'

export * from './http/shared.ts'

/** The part of Hono's context that is used. */
export interface HonoContext {
  readonly req: {
    readonly method: string
    readonly url: string
    readonly raw: { readonly signal: AbortSignal }
    header(name: string): string | undefined
  }
  readonly res: { readonly headers: { get(name: string): string | null } }
  header(name: string, value?: string): void
  body(body: string, status: never): Response
  newResponse(body: null, response: Response): Response
  text(text: string, status: 500): Response
}

export type HonoErrorHandler<Context extends HonoContext> = (
  error: Error,
  context: Context,
) => Response | Promise<Response>

/**
 * A handler for `onError`. While a notice says that this service is being upgraded, errors by which the database
 * refused a write become a friendly 503; a write whose fate is unknown gets an answer that says so. A sub-app that
 * sets a handler of its own hides this one from its routes: give that one here as `otherwise`.
 * @param otherwise gets every other error untouched. Default: what Hono does without a handler.
 */
export function upgrading<Context extends HonoContext>(
  options: UpgradingOptions,
  otherwise: HonoErrorHandler<Context> = defaultHandler,
): HonoErrorHandler<Context> {
  const judge = createErrorJudge(options)
  return (error, context) => {
    // Whatever a handler has returned is still here and not with the client.
    const answer = judge(error, viewOf(context), false)
    return answer === undefined ? otherwise(error, context) : respond(context, answer)
  }
}

/**
 * Middleware. Keeps requests that write from their handlers while writes are stopped, so that no mail is sent and
 * nothing is charged for an order that cannot be stored. Use it before the routes.
 */
export function beforeHandler(
  options: BeforeHandlerOptions,
): (context: HonoContext, next: () => Promise<void>) => Promise<Response | void> {
  const door = createHandlerDoor(options)
  return async (context, next) => {
    if (door.isOpen()) return next()
    const { signal } = context.req.raw
    const passage = await door.judge(viewOf(context), () => ({ signal, [Symbol.dispose]: () => undefined }))
    if (passage === 'pass') return next()
    return passage === 'gone' ? context.body('', 499 as never) : respond(context, passage)
  }
}

function viewOf(context: HonoContext): RequestView {
  const { req } = context
  return { method: req.method, path: pathOf(req.url), raw: context, header: (name) => req.header(name) }
}

function respond(context: HonoContext, answer: RawAnswer): Response {
  replaceHeaders(
    {
      get: (name) => context.res.headers.get(name),
      set: (name, value) => context.header(name, value),
      remove: (name) => context.header(name),
    },
    answer,
  )
  return context.body(answer.body, answer.status as never)
}

/** As in Hono itself, which does not export it: errors that carry a response, else a 500 and a line in the log. */
function defaultHandler(error: Error, context: HonoContext): Response {
  if ('getResponse' in error && typeof error.getResponse === 'function') {
    const response = (error.getResponse as () => Response)()
    return context.newResponse(response.body as null, response)
  }
  console.error(error)
  return context.text('Internal Server Error', 500)
}
