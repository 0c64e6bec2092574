import { once } from 'node:events'
import { Agent, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { NoticeWatcher } from '../../src/service/express.ts'
import { beforeHandler, followNotices, upgrading } from '../../src/service/express.ts'
import type { DispatchFigures } from './dispatch.ts'
import { benchDispatch, dispatchLine } from './dispatch.ts'
import { median, percentile, round } from './statistics.ts'

export interface OverheadFigures {
  readonly rounds: number
  readonly requestsPerRound: number
  /** Microseconds of one request over loopback, client included; median of the rounds. */
  readonly withoutUs: number
  readonly withUs: number
  /** With minus without in the same round: median, and the bounds of nine rounds in ten. */
  readonly differenceUs: { readonly median: number; readonly p5: number; readonly p95: number }
  /** The same without sockets, which a microsecond is lost in. */
  readonly dispatch: DispatchFigures
}

/** Two Express services that differ by the two halves of the middleware only take turns, batch by batch. No request fails. */
export async function benchOverhead(rounds: number, requestsPerRound: number): Promise<OverheadFigures> {
  await using notices = followNotices(noNotice, { service: 'orders' })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const without = { server: await serve(), us: [] as number[] }
  const wrapped = { server: await serve(notices), us: [] as number[] }
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
    // Short rounds, and many: most of them then pass without the machine's other work in between.
    dispatch: benchDispatch(notices, 20 * rounds, 200),
  }
}

async function* noNotice(signal: AbortSignal): AsyncGenerator<string | null, void, undefined> {
  yield null
  if (!signal.aborted) await once(signal, 'abort')
}

async function serve(notices?: NoticeWatcher): Promise<Server> {
  const app = express()
  if (notices !== undefined) app.use(beforeHandler({ notices }))
  app.get('/orders', (_request, response) => void response.json({ id: 'one' }))
  if (notices !== undefined) app.use(upgrading({ notices, flavour: 'mysql' }))
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

export function overheadLines({
  withoutUs,
  withUs,
  differenceUs,
  dispatch,
}: OverheadFigures): readonly string[] {
  const loopback = `a request without the middleware ${withoutUs} µs, with it ${withUs} µs; difference ${differenceUs.median} µs (nine rounds in ten: ${differenceUs.p5} to ${differenceUs.p95})`
  return [loopback, dispatchLine(dispatch)]
}
