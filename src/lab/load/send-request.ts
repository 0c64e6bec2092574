import { request, type Agent, type IncomingMessage } from 'node:http'

export interface PlainRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: object
}

export type Exchange =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly retryAfter: string | undefined
      readonly body: string
    }
  /** No connection came about: the service never saw it. */
  | { readonly kind: 'not-connected'; readonly code: string }
  /** It may have been received. */
  | { readonly kind: 'lost'; readonly code: string }

/** One request, sent once. Never rejects: what went wrong is the measurement. */
export function sendRequest(agent: Agent, plain: PlainRequest, timeoutMs: number): Promise<Exchange> {
  return new Promise((resolve) => {
    const body = plain.json === undefined ? undefined : JSON.stringify(plain.json)
    const headers = body === undefined ? plain.headers : { ...jsonHeaders(body), ...plain.headers }
    let connected = false
    const fail = (code: string): void => resolve({ kind: connected ? 'lost' : 'not-connected', code })
    const outgoing = request(plain.url, { agent, method: plain.method, ...(headers && { headers }) })
    const timer = setTimeout(
      () => outgoing.destroy(Object.assign(new Error(), { code: 'TIMEOUT' })),
      timeoutMs,
    )
    outgoing.on('socket', (socket) => {
      if (!socket.connecting) connected = true
      else socket.once('connect', () => (connected = true))
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      fail(error.code ?? 'ERROR')
    })
    let answering = false
    outgoing.on('response', (response) => {
      answering = true
      readBody(response).then(resolve, (error: NodeJS.ErrnoException) => fail(error.code ?? 'ERROR'))
    })
    outgoing.on('close', () => {
      clearTimeout(timer)
      // It also closes after a complete answer, before the last of its body has been handed over.
      if (!answering) fail('CLOSED')
    })
    outgoing.end(body)
  })
}

function jsonHeaders(body: string): Record<string, string> {
  return { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
}

async function readBody(response: IncomingMessage): Promise<Exchange> {
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  return {
    kind: 'answered',
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'],
    body: Buffer.concat(parts).toString('utf8'),
  }
}
