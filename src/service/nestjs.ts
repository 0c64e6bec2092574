// A filter's `catch` is not that of a promise.
/* oxlint-disable promise/valid-params */
/** The package's sub-path `cutover-kit/nestjs`: what a NestJS service on Express or Fastify imports. */
import type { BeforeHandlerOptions } from './http/before-handler-options.ts'
import { createErrorJudge } from './http/error-judge.ts'
import type { ClientWatch } from './http/handler-door.ts'
import { createHandlerDoor } from './http/handler-door.ts'
import { hasBegunNest, nodeResponseOf, sendNest, viewOfNest } from './http/nest-exchange.ts'
import type { NestHost } from './http/nest-exchange.ts'
import { watchClient } from './http/node-exchange.ts'
import { RefusedRequest } from './http/refused-request.ts'
import type { UpgradingOptions } from './http/upgrading-options.ts'

export type { NestHost } from './http/nest-exchange.ts'
export * from './http/shared.ts'

/** An exception filter of NestJS. */
export interface NestFilter {
  catch(exception: unknown, host: NestHost): unknown
}

/** A guard of NestJS. */
export interface NestGuard {
  canActivate(context: NestHost): boolean | Promise<boolean>
}

/**
 * An exception filter for `useGlobalFilters` or APP_FILTER. While a notice says that this service is being upgraded,
 * errors by which the database refused a write become a friendly 503; a write whose fate is unknown gets an answer
 * that says so.
 * @param otherwise gets every other exception of an HTTP request: `new BaseExceptionFilter(httpAdapter)`, or the
 * filter the service had.
 * @param elsewhere gets the exceptions of everything that is not HTTP (RPC, GraphQL, WebSocket). Default: none, and
 * NestJS does what it does without a filter.
 */
export function upgrading(
  options: UpgradingOptions,
  otherwise: NestFilter,
  elsewhere?: NestFilter,
): NestFilter {
  return new UpgradingFilter(options, otherwise, elsewhere)
}

/**
 * A guard for `useGlobalGuards` or APP_GUARD. Keeps requests that write from their handlers while writes are stopped,
 * so that no mail is sent and nothing is charged for an order that cannot be stored. It refuses by an exception that
 * the filter of {@link upgrading} answers. Lets everything pass that is not HTTP.
 */
export function beforeHandler(options: BeforeHandlerOptions): NestGuard {
  return new HandlerGuard(options)
}

// Classes, because NestJS reads its metadata from the constructor; without any, a filter catches everything.
class UpgradingFilter implements NestFilter {
  readonly #judge
  readonly #otherwise: NestFilter
  readonly #elsewhere: NestFilter | undefined

  constructor(options: UpgradingOptions, otherwise: NestFilter, elsewhere: NestFilter | undefined) {
    this.#judge = createErrorJudge(options)
    this.#otherwise = otherwise
    this.#elsewhere = elsewhere
  }

  catch(exception: unknown, host: NestHost): unknown {
    if (host.getType() !== 'http') return this.#elsewhere?.catch(exception, host)
    const begun = hasBegunNest(host)
    const answer =
      exception instanceof RefusedRequest ? exception.answer : this.#judge(exception, viewOfNest(host), begun)
    if (answer === undefined || begun) return this.#otherwise.catch(exception, host)
    return sendNest(host, answer)
  }
}

class HandlerGuard implements NestGuard {
  readonly #door

  constructor(options: BeforeHandlerOptions) {
    this.#door = createHandlerDoor(options)
  }

  canActivate(context: NestHost): boolean | Promise<boolean> {
    return context.getType() !== 'http' || this.#door.isOpen() || this.#pass(context)
  }

  async #pass(context: NestHost): Promise<boolean> {
    const client = (): ClientWatch => watchClient(nodeResponseOf(context))
    const passage = await this.#door.judge(viewOfNest(context), client)
    if (passage === 'pass') return true
    if (passage === 'gone') return false
    throw new RefusedRequest(passage)
  }
}
