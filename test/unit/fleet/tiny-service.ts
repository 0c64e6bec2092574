import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { serviceSpec } from '../../../src/core/system-specs.ts'
import type { ServiceSpec } from '../../../src/core/system-specs.ts'
import { findFreePort } from '../../../src/lab/servers/find-free-port.ts'

/** One instance: a real HTTP server that can be ended and started on the same port. */
export interface TinyInstance {
  readonly name: string
  readonly url: string
  broken: boolean
  inBalancer: boolean
  restarts: number
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
    const state = { name, url: '', broken: false, inBalancer: true, restarts: 0 }
    instances.push(state)
    state.url = await start((_request, response) => {
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
