import { once } from 'node:events'
import { Agent, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { ErrorMiddleware } from '../../src/service/express.ts'
import { followNotices } from '../../src/service/notice-watcher.ts'
import { upgrading } from '../../src/service/express.ts'
import { median, percentile, round } from './statistics.ts'

export interface OverheadFigures {
  readonly rounds: number
  readonly requestsPerRound: number
  /** Microseconds of one request over loopback, client included; median of the rounds. */
  readonly withoutUs: number
  readonly withUs: number
  /** With minus without in the same round: median, and the bounds of nine rounds in ten. */
  readonly differenceUs: { readonly median: number; readonly p5: number; readonly p95: number }
}

/** Two Express services that differ by the middleware only take turns, batch by batch. No request fails. */
export async function benchOverhead(rounds: number, requestsPerRound: number): Promise<OverheadFigures> {
  await using notices = followNotices(noNotice, { service: 'orders' })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const without = { server: await serve(), us: [] as number[] }
  const wrapped = { server: await serve(upgrading({ notices, flavour: 'mysql' })), us: [] as number[] }
  try {
    for (const { server } of [without, wrapped]) await batchUs(server, agent, 5 * requestsPerRound)
    for (let done = 0; done < rounds; done += 1) {
      // Every other round the other way about, so that neither always goes first.
      const order = done % 2 === 0 ? [without, wrapped] : [wrapped, without]
      for (const { server, us } of order) us.push(await batchUs(server, agent, requestsPerRound))
    }
  } finally {
    agent.destroy()
    without.server.close()
    wrapped.server.close()
  }
  const differences = wrapped.us.map((us, i) => us - (without.us[i] ?? 0))
  return {
    rounds,
    requestsPerRound,
    withoutUs: round(median(without.us), 1),
    withUs: round(median(wrapped.us), 1),
    differenceUs: {
      median: round(median(differences), 1),
      p5: round(percentile(differences, 0.05), 1),
      p95: round(percentile(differences, 0.95), 1),
    },
  }
}

async function* noNotice(signal: AbortSignal): AsyncGenerator<string | null, void, undefined> {
  yield null
  if (!signal.aborted) await once(signal, 'abort')
}

async function serve(middleware?: ErrorMiddleware): Promise<Server> {
  const app = express()
  app.get('/orders', (_request, response) => void response.json({ id: 'one' }))
  if (middleware !== undefined) app.use(middleware)
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function batchUs(server: Server, agent: Agent, requests: number): Promise<number> {
  const { port } = server.address() as AddressInfo
  const began = performance.now()
  for (let sent = 0; sent < requests; sent += 1) await fetchOrders(port, agent)
  return ((performance.now() - began) / requests) * 1000
}

function fetchOrders(port: number, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/orders', agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`))
      response.once('end', resolve)
      response.resume()
    }).once('error', reject)
  })
}

export function overheadLine({ withoutUs, withUs, differenceUs }: OverheadFigures): string {
  return `a request without the middleware ${withoutUs} µs, with it ${withUs} µs; difference ${differenceUs.median} µs (nine rounds in ten: ${differenceUs.p5} to ${differenceUs.p95})`
}
