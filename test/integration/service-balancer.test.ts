import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer, request as httpRequest } from 'node:http'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Balancer } from '../../src/lab/balancer/balancer.ts'
import { startBalancer } from '../../src/lab/balancer/balancer.ts'
import { findFreePort } from '../../src/lab/servers/find-free-port.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

interface Backend {
  readonly url: string
  readonly seen: string[]
  handle: Handler
  healthy: boolean
  stop(): Promise<void>
  start(): Promise<void>
}

let backends: Backend[] = []
let balancer: Balancer

async function startBackend(): Promise<Backend> {
  let server: Server
  // Not one the system hands out: while this backend is down, nobody else gets its port.
  const port = await findFreePort()
  const backend: Backend = {
    get url() {
      return `http://127.0.0.1:${port}`
    },
    seen: [],
    healthy: true,
    handle: (_request, response) => response.end(backend.url),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
    start: async () => {
      server = createServer((request, response) => {
        if (request.url === '/health') {
          response.writeHead(backend.healthy ? 200 : 500).end()
          return
        }
        backend.seen.push(`${request.method} ${request.url}`)
        backend.handle(request, response)
      })
      await new Promise<void>((resolve) => {
        server.listen(port, '127.0.0.1', resolve)
      })
    },
  }
  await backend.start()
  return backend
}

beforeEach(async () => {
  backends = [await startBackend(), await startBackend()]
  const servers = backends.map(({ url }, index) => ({ name: `b${index}`, url }))
  // Health is looked at so seldom that only what requests show can count.
  balancer = await startBalancer({ servers, everyMs: 60_000 })
})
afterEach(async () => {
  await balancer[Symbol.asyncDispose]()
  await Promise.all(backends.map((backend) => backend.stop()))
})

const portOf = (backend: Backend | undefined) => Number(new URL(backend?.url ?? '').port)
const seen = () => backends.flatMap((backend) => backend.seen)
const put = (path: string) => fetch(`${balancer.url}${path}`, { method: 'PUT' })

it('takes turns', async () => {
  for (let n = 0; n < 6; n += 1) await fetch(balancer.url)
  expect(backends.map((backend) => backend.seen.length)).toEqual([3, 3])
})

it('hands bodies through whole in both directions, with status and headers', async () => {
  const body = randomBytes(3_000_000)
  for (const backend of backends) {
    backend.handle = (request, response) => {
      response.writeHead(418, { 'X-Kind': String(request.headers['x-kind']), 'X-Path': request.url })
      request.pipe(response)
    }
  }
  const response = await fetch(`${balancer.url}/a/b?c=%20d`, {
    method: 'POST',
    body,
    headers: { 'X-Kind': 'tea' },
  })
  const back = Buffer.from(await response.arrayBuffer())
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
  expect(digest(back)).toBe(digest(body))
  expect(response.status).toBe(418)
  expect(response.headers.get('x-kind')).toBe('tea')
  expect(response.headers.get('x-path')).toBe('/a/b?c=%20d')
})

it('gives a request with its whole body to the other instance when the first refuses the connection', async () => {
  await backends[0]?.stop()
  const body = 'x'.repeat(200_000)
  for (const backend of backends) backend.handle = (request, response) => request.pipe(response)
  for (let n = 0; n < 4; n += 1) {
    const response = await fetch(balancer.url, { method: 'POST', body })
    expect({ status: response.status, whole: (await response.text()) === body }).toEqual({
      status: 200,
      whole: true,
    })
  }
})

it('never sends a request again that may have reached an instance', async () => {
  for (const backend of backends) backend.handle = (request) => request.socket.destroy()
  for (const method of ['POST', 'GET']) {
    const response = await fetch(`${balancer.url}/${method}`, { method })
    expect(response.status).toBe(502)
  }
  expect(seen()).toHaveLength(2)
})

it('cuts an answer off for the client where the instance cut it off', async () => {
  for (const backend of backends) {
    backend.handle = (request, response) => {
      response.writeHead(200, { 'Content-Length': 100 })
      response.write('half', () => request.socket.destroy())
    }
  }
  await expect(fetch(balancer.url).then((response) => response.text())).rejects.toThrow('terminated')
})

it('answers 503 when no instance is left, and finds the way back when one is put back', async () => {
  await Promise.all(backends.map((backend) => backend.stop()))
  const response = await fetch(balancer.url)
  expect({ status: response.status, body: await response.json() }).toEqual({
    status: 503,
    body: { error: 'no-instance' },
  })
  await backends[1]?.start()
  expect((await put('/servers/b1/ready')).status).toBe(200)
  expect((await fetch(balancer.url)).status).toBe(200)
})

it('does not put back an instance that is not healthy at this moment', async () => {
  const [backend] = backends
  if (backend === undefined) throw new Error('no backend')
  await put('/servers/b0/drain')
  backend.healthy = false
  expect((await put('/servers/b0/ready')).status).toBe(503)
  for (let n = 0; n < 4; n += 1) await fetch(balancer.url)
  expect(backend.seen).toEqual([])
  backend.healthy = true
  expect((await put('/servers/b0/ready')).status).toBe(200)
})

it('a client that goes away counts as gone, and its instance stays in', async () => {
  for (const backend of backends) backend.handle = () => undefined
  const gone = httpRequest(`${balancer.url}/slow`, { method: 'POST' })
  gone.on('error', () => undefined)
  gone.end('{}')
  await expect.poll(() => seen().length).toBe(1)
  gone.destroy()
  const states = async () => (await (await fetch(`${balancer.url}/servers`)).json()) as object[]
  await expect.poll(states).toMatchObject([
    { name: 'b0', healthy: true, inFlight: 0 },
    { name: 'b1', healthy: true, inFlight: 0 },
  ])
})

it('drain waits for the requests that are at the instance, and for no others', async () => {
  const waiting: ServerResponse[] = []
  for (const backend of backends) backend.handle = (_request, response) => waiting.push(response)
  const requests = [fetch(`${balancer.url}/1`), fetch(`${balancer.url}/2`)]
  await expect.poll(() => waiting.length).toBe(2)
  const ended: string[] = []
  const drain = put('/servers/b0/drain').then(({ status }) => ended.push(`drain ${status}`))
  await expect.poll(async () => (await fetch(`${balancer.url}/servers`)).text()).toContain('"drained":true')
  const at = (index: number) =>
    waiting.find((response) => response.socket?.localPort === portOf(backends[index]))
  at(1)?.end()
  await Promise.race(requests)
  expect(ended).toEqual([])
  at(0)?.end()
  await drain
  expect(ended).toEqual(['drain 200'])
  await Promise.all(requests)
})

it('knows only its own addresses below /servers', async () => {
  expect((await put('/servers/nobody/drain')).status).toBe(404)
  expect((await put('/servers/b0/explode')).status).toBe(404)
  expect((await fetch(`${balancer.url}/servers/b0/drain`)).status).toBe(404)
  await (await fetch(`${balancer.url}/serversandmore`)).text()
  expect(seen()).toEqual(['GET /serversandmore'])
})

it('finds out by itself that an instance is ill and that it is well again', async () => {
  await balancer[Symbol.asyncDispose]()
  const servers = backends.map(({ url }, index) => ({ name: `b${index}`, url }))
  balancer = await startBalancer({ servers, everyMs: 20 })
  const health = async () => {
    const states = (await (await fetch(`${balancer.url}/servers`)).json()) as { healthy: boolean }[]
    return states.map(({ healthy }) => healthy)
  }
  const [backend] = backends
  if (backend === undefined) throw new Error('no backend')
  backend.healthy = false
  await expect.poll(health).toEqual([false, true])
  backend.healthy = true
  await expect.poll(health).toEqual([true, true])
})
