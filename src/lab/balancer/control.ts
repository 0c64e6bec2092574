import { startDeadline } from '../../core/deadline.ts'
import { systemClock } from '../../core/system-clock.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Backend } from './backend.ts'
import { untilIdle } from './backend.ts'
import { checkHealth } from './check-health.ts'

const drainWithinMs = 30_000

/** Answers the balancer's own addresses below `/servers`. @returns false: the request is for a backend. */
export function answerControl(
  request: IncomingMessage,
  response: ServerResponse,
  backends: readonly Backend[],
  healthPath: string,
): boolean {
  const path = (request.url ?? '').split('?')[0] ?? ''
  if (path !== '/servers' && !path.startsWith('/servers/')) return false
  request.resume()
  const [, , name, verb] = path.split('/')
  const backend = backends.find((one) => one.name === name)
  if (request.method === 'GET' && name === undefined) send(response, 200, backends.map(stateOf))
  else if (backend === undefined || request.method !== 'PUT') send(response, 404, { error: 'not-found' })
  else if (verb === 'drain') void drain(backend, response)
  else if (verb === 'ready') void putBack(backend, response, healthPath)
  else send(response, 404, { error: 'not-found' })
  return true
}

/** Answers when no request is at the instance any more. It stays out also when that takes too long. */
async function drain(backend: Backend, response: ServerResponse): Promise<void> {
  backend.drained = true
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  // Not AbortSignal.any with a timeout: on Node 20 such a signal may be collected before it fires.
  using deadline = startDeadline(systemClock, drainWithinMs, 'the drain', gone.signal)
  try {
    await untilIdle(backend, deadline.signal)
    send(response, 200, stateOf(backend))
  } catch {
    send(response, 504, { error: 'still-in-flight', ...stateOf(backend) })
  }
}

/** Looks itself before it sends anybody there: the last health check may be older than the restart. */
async function putBack(backend: Backend, response: ServerResponse, healthPath: string): Promise<void> {
  backend.healthy = await checkHealth(backend, healthPath)
  if (backend.healthy) backend.drained = false
  send(response, backend.healthy ? 200 : 503, stateOf(backend))
}

function stateOf({ name, healthy, drained, inFlight }: Backend): object {
  return { name, healthy, drained, inFlight }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
}
