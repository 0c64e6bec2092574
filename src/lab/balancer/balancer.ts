import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Agent, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Backend } from './backend.ts'
import { checkHealth } from './check-health.ts'
import { answerControl } from './control.ts'
import { forward } from './forward.ts'

export interface BalancerOptions {
  readonly servers: readonly { readonly name: string; readonly url: string }[]
  /** Answers 200 when an instance can serve. Default `/health`. */
  readonly healthPath?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** Pause between two health checks of one instance, milliseconds. Default 200. */
  readonly everyMs?: number
}

export interface Balancer extends AsyncDisposable {
  readonly port: number
  readonly url: string
}

// One bad check may be a hiccup; a refused connection on a real request counts at once.
const failuresToUnhealthy = 2

/**
 * A small balancer on 127.0.0.1: round robin over healthy instances, over all that are not drained when none is healthy;
 * `PUT /servers/:name/drain` and `/ready`, `GET /servers`. A request that may have reached an instance is never sent to another one.
 */
export async function startBalancer(options: BalancerOptions): Promise<Balancer> {
  const backends = options.servers.map(toBackend)
  const pick = roundRobin(backends)
  const healthPath = options.healthPath ?? '/health'
  const server = createServer((request, response) => {
    if (answerControl(request, response, backends, healthPath)) return
    void balance(request, response, pick)
  })
  server.keepAliveTimeout = 75_000
  await listen(server, options.port ?? 0)
  const stops = backends.map((backend) => watchHealth(backend, healthPath, options.everyMs ?? 200))
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        for (const stop of stops) stop()
        server.close(() => resolve())
        server.closeAllConnections()
        for (const { agent } of backends) agent.destroy()
      }),
  }
}

function toBackend({ name, url }: BalancerOptions['servers'][number]): Backend {
  return {
    name,
    url: new URL(url),
    agent: new Agent({ keepAlive: true, maxFreeSockets: 64 }),
    healthy: true,
    drained: false,
    inFlight: 0,
    idleWaiters: new Set(),
  }
}

type Pick = (tried: ReadonlySet<Backend>) => Backend | undefined

function roundRobin(backends: readonly Backend[]): Pick {
  let turn = 0
  return (tried) => {
    const left = backends.filter((one) => !one.drained && !tried.has(one))
    const healthy = left.filter((one) => one.healthy)
    // When all checks fail, an overloaded machine is likelier than that all instances are gone: better late than never.
    const open = healthy.length > 0 ? healthy : left
    turn += 1
    return open[turn % Math.max(1, open.length)]
  }
}

async function balance(request: IncomingMessage, response: ServerResponse, pick: Pick): Promise<void> {
  const tried = new Set<Backend>()
  for (let backend = pick(tried); backend !== undefined; backend = pick(tried)) {
    tried.add(backend)
    const outcome = await forward(backend, request, response)
    if (outcome !== 'never-sent' || response.destroyed) return
    backend.healthy = false
  }
  response
    .writeHead(503, { 'Content-Type': 'application/json', Connection: 'close' })
    .end(JSON.stringify({ error: 'no-instance' }))
}

function watchHealth(backend: Backend, path: string, everyMs: number): () => void {
  let failures = 0
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    void look()
  }, everyMs)
  return () => clearInterval(timer)

  async function look(): Promise<void> {
    const healthy = await checkHealth(backend, path)
    failures = healthy ? 0 : failures + 1
    if (healthy) backend.healthy = true
    else if (failures >= failuresToUnhealthy) backend.healthy = false
    busy = false
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}
