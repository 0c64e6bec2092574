import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import express from 'express'
import type { ErrorMiddleware, Middleware } from '../../src/service/express.ts'
import { beforeHandler, upgrading } from '../../src/service/express.ts'
import { createWriteGate } from '../../src/service/gate/create-write-gate.ts'
import type { NoticeWatcher } from '../../src/service/notice-watcher.ts'
import { median, round } from './statistics.ts'

export interface DispatchFigures {
  readonly rounds: number
  readonly requestsPerRound: number
  /** Microseconds from Express' entry to the handler, of one request; median of the rounds. */
  readonly withoutUs: number
  /** Medians of the differences to that in the same round: with a middleware that only calls `next`. */
  readonly emptyUs: number
  /** With both halves of the kit's. */
  readonly kitUs: number
}

/**
 * The way of a request through Express to its handler, without a socket: what the loopback figure drowns in noise.
 * Both halves of the middleware, with a gate and lists of routes, against none and against an empty one, which is what
 * Express itself takes for one more entry. No window is on.
 */
export function benchDispatch(
  notices: Pick<NoticeWatcher, 'window'>,
  rounds: number,
  requestsPerRound: number,
): DispatchFigures {
  const lists = { exempt: ['/health'], writers: ['/reports/*'] }
  const kit = [beforeHandler({ notices, gate: createWriteGate(), ...lists }), upgrading({ notices })] as const
  const empty: express.RequestHandler = (_request, _response, next) => next()
  const without = { run: dispatcher(), us: [] as number[] }
  const others = [
    { run: dispatcher(empty), us: [] as number[] },
    { run: dispatcher(...kit), us: [] as number[] },
  ]
  const all = [without, ...others]
  for (const { run } of all) run(100 * requestsPerRound)
  for (let done = 0; done < rounds; done += 1) {
    // Each comes first as often as the others.
    for (let turn = 0; turn < all.length; turn += 1) {
      const one = all[(done + turn) % all.length]
      one?.us.push(one.run(requestsPerRound))
    }
  }
  const [emptyUs = NaN, kitUs = NaN] = others.map(({ us }) =>
    round(median(us.map((one, i) => one - (without.us[i] ?? 0))), 2),
  )
  return { rounds, requestsPerRound, withoutUs: round(median(without.us), 2), emptyUs, kitUs }
}

/** Sends so many POST requests to the handler of one app, and says what one took, in microseconds. */
function dispatcher(
  before?: express.RequestHandler | Middleware,
  after?: ErrorMiddleware,
): (requests: number) => number {
  let handled = 0
  const app = express()
  if (before !== undefined) app.use(before)
  app.post('/orders', () => void (handled += 1))
  if (after !== undefined) app.use(after)
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  request.method = 'POST'
  return (requests) => {
    handled = 0
    const began = performance.now()
    for (let sent = 0; sent < requests; sent += 1) {
      request.url = '/orders'
      app(request, response)
    }
    const us = ((performance.now() - began) / requests) * 1000
    if (handled !== requests) throw new Error(`the handler ran ${handled} times for ${requests} requests`)
    return us
  }
}

export function dispatchLine({ withoutUs, emptyUs, kitUs }: DispatchFigures): string {
  return `a request inside Express up to its handler ${withoutUs} µs; with an empty middleware ${emptyUs} µs more, with both halves of the kit's ${kitUs} µs more`
}
