import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { serviceSpec } from '../../../src/core/system-specs.ts'
import type { ServiceSpec } from '../../../src/core/system-specs.ts'
import { statusToken } from './fleet-ports.ts'
import { findFreePort } from '../../../src/lab/servers/find-free-port.ts'
import { noWrites } from '../../fakes/no-writes.ts'

/** One instance: a real HTTP server that can be ended and started on the same port. */
export interface TinyInstance {
  readonly name: string
  url: string
  broken: boolean
  inBalancer: boolean
  restarts: number
  /** What its status says, field by field, other than usual. */
  status: Readonly<Record<string, unknown>>
  /** How far its clock is ahead, milliseconds. */
  clockAheadMs: number
  /** It takes the question for its status and does not answer. */
  silent: boolean
  token: string
  /** Connections that questions for its status came over. */
  readonly connections: Set<number>
}

/** Two instances, and a control address whose requests stand for the balancer and the process manager. */
export interface TinyService extends AsyncDisposable {
  readonly spec: ServiceSpec
  readonly instances: readonly TinyInstance[]
  /** What was asked of the control address, in order: `drain a`, `restart a`, `health a`, `ready a`; and `request /path` at the service. */
  readonly events: string[]
  /** Status the control address answers for an event; default 200. */
  readonly answers: Map<string, number>
  takeDown(): Promise<void>
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void

export async function startTinyService(): Promise<TinyService> {
  const servers: Server[] = []
  const events: string[] = []
  const answers = new Map<string, number>()
  const start = async (listener: Listener): Promise<string> => {
    const server = createServer(listener)
    servers.push(server)
    // Not one the system hands out: when it is taken down, nobody else gets its port.
    const port = await findFreePort()
    await new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve)
    })
    return `http://127.0.0.1:${port}`
  }
  const instances: TinyInstance[] = []
  for (const name of ['a', 'b']) {
    const state: TinyInstance = {
      name,
      url: '',
      broken: false,
      inBalancer: true,
      restarts: 0,
      status: {},
      clockAheadMs: 0,
      silent: false,
      token: statusToken,
      connections: new Set(),
    }
    instances.push(state)
    state.url = await start((request, response) => {
      if (request.url?.split('?')[0] === '/cutover/status') return tellStatus(state, request, response)
      events.push(`health ${name}`)
      response.writeHead(state.broken ? 500 : 200).end()
    })
  }
  const control = await start((request, response) => {
    const [, verb = '', name = ''] = (request.url ?? '').split('/')
    events.push(`${verb} ${name}`)
    const instance = instances.find((one) => one.name === name)
    const status = answers.get(`${verb} ${name}`) ?? 200
    if (instance !== undefined && status === 200) {
      if (verb === 'restart') instance.restarts += 1
      else instance.inBalancer = verb === 'ready'
    }
    response.writeHead(status).end()
  })
  const url = await start((request, response) => {
    events.push(`request ${request.url}`)
    response.setHeader('X-Seen-By', 'tiny')
    if (request.url === '/health') response.end('up')
    else if (request.url === '/slow') return
    else if (request.url === '/echo') request.pipe(response)
    else response.writeHead(404).end('no such thing')
  })
  return {
    spec: serviceSpec.parse({
      document: { center: 'nacos', dataId: 'orders.yaml' },
      url,
      hot: { token: 'env:STATUS_TOKEN' },
      instances: instances.map((one) => ({
        name: one.name,
        url: one.url,
        takeOut: { request: `PUT ${control}/drain/${one.name}` },
        restart: { request: `POST ${control}/restart/${one.name}` },
        putBack: { request: `PUT ${control}/ready/${one.name}` },
      })),
    }),
    instances,
    events,
    answers,
    takeDown: () => close(servers.at(-1)),
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map(close))
    },
  }
}

function close(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => {
    server?.close(() => resolve())
    server?.closeAllConnections()
  })
}

function tellStatus(instance: TinyInstance, request: IncomingMessage, response: ServerResponse): void {
  instance.connections.add(request.socket.remotePort ?? 0)
  if (instance.silent) return
  if (request.headers.authorization !== `Bearer ${instance.token}`) {
    response.writeHead(401).end()
    return
  }
  const now = new Date(Date.now() + instance.clockAheadMs).toISOString()
  response.end(JSON.stringify({ ...usualStatus, instance: instance.name, now, ...instance.status }))
}

const usualStatus = {
  kind: 'cutover-instance',
  version: 1,
  service: 'orders',
  notice: null,
  gate: 'open',
  refusal: '',
  generation: 0,
  datasource: '10.0.0.1:3306/orders',
  next: null,
  writes: noWrites,
  errors: { mapped: 0, passed: 0, unknown: 0 },
}
