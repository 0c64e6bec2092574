import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { request as httpRequest } from 'node:http'
import { pipeline } from 'node:stream'
import type { Backend } from './backend.ts'
import { enter } from './backend.ts'

/** `never-sent`: no byte of the request left, another instance may have it. */
export type ForwardOutcome = 'answered' | 'failed' | 'never-sent'

const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  // The server has answered it already.
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * Hands one request to one backend. The body is read only after a connection stands, so a refused connection leaves
 * the request whole for the next backend. Whatever fails later is never sent again.
 */
export function forward(
  backend: Backend,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<ForwardOutcome> {
  const leave = enter(backend)
  return new Promise<ForwardOutcome>((resolve) => {
    let sent = false
    const outgoing = httpRequest({
      agent: backend.agent,
      host: backend.url.hostname,
      port: backend.url.port,
      method: incoming.method,
      path: incoming.url,
      headers: forwardedHeaders(incoming),
    })
    outgoing.once('response', (answer) => {
      relay(answer, response, () => resolve('answered'))
    })
    outgoing.once('error', () => {
      if (sent) failAfterSending(incoming, response)
      resolve(sent ? 'failed' : 'never-sent')
    })
    // The client has gone away: what it asked for may go on, but nobody waits for the answer.
    response.once('close', () => {
      if (!response.writableFinished) outgoing.destroy()
    })
    whenConnected(outgoing, () => {
      sent = true
      incoming.pipe(outgoing)
    })
  }).finally(leave)
}

function whenConnected(outgoing: ClientRequest, start: () => void): void {
  outgoing.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', start)
    else start()
  })
}

function relay(answer: IncomingMessage, response: ServerResponse, done: () => void): void {
  response.writeHead(answer.statusCode ?? 502, withoutHopByHop(answer.headers))
  // A body cut off by the backend is cut off for the client as well: pipeline destroys the response.
  pipeline(answer, response, done)
}

function failAfterSending(incoming: IncomingMessage, response: ServerResponse): void {
  incoming.unpipe()
  if (response.headersSent) {
    response.destroy()
    return
  }
  const body = JSON.stringify({ error: 'bad-gateway' })
  response.writeHead(502, { 'Content-Type': 'application/json', Connection: 'close' }).end(body)
}

function forwardedHeaders(incoming: IncomingMessage): IncomingHttpHeaders {
  const headers = withoutHopByHop(incoming.headers)
  const chunked = incoming.headers['transfer-encoding'] !== undefined
  return {
    ...headers,
    ...(chunked ? { 'transfer-encoding': 'chunked' } : {}),
    'x-forwarded-for': incoming.socket.remoteAddress ?? '',
  }
}

function withoutHopByHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)))
}
