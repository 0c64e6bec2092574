import type { IncomingMessage, ServerResponse } from 'node:http'

/** One request as the routes see it. */
export interface NacosRequest {
  readonly method: string
  /** Without the context path: `/v1/cs/configs`. */
  readonly path: string
  /** Query and form fields together; the form wins. */
  readonly fields: URLSearchParams
  header(name: string): string
  /** Address of the client; like the real servers it believes what a proxy in between writes into the head. */
  readonly ip: string
  /** Name of the logged-in user, '' without authentication. */
  readonly user: string
}

export interface NacosAnswer {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Reads a request completely. @throws when the client goes away half-way. */
export async function readRequest(message: IncomingMessage, contextPath: string): Promise<NacosRequest> {
  const url = new URL(message.url ?? '/', 'http://nacos')
  const fields = new URLSearchParams(url.search)
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(Buffer.from(chunk))
  for (const [name, value] of new URLSearchParams(Buffer.concat(chunks).toString('utf8'))) {
    fields.set(name, value)
  }
  return {
    method: message.method ?? 'GET',
    path: url.pathname.startsWith(contextPath) ? url.pathname.slice(contextPath.length) : '',
    fields,
    header: (name) => String(message.headers[name.toLowerCase()] ?? ''),
    ip: addressOf(message),
    user: '',
  }
}

function addressOf({ headers, socket }: IncomingMessage): string {
  const forwarded = String(headers['x-forwarded-for'] ?? '')
    .split(',')[0]
    ?.trim()
  const told = forwarded || String(headers['x-real-ip'] ?? '').trim()
  return told || (socket.remoteAddress ?? '').replace('::ffff:', '')
}

export function writeAnswer(response: ServerResponse, answer: NacosAnswer): void {
  response.writeHead(answer.status, { 'Content-Type': 'text/plain;charset=UTF-8', ...answer.headers })
  response.end(answer.body)
}

export function text(status: number, body: string, headers: Record<string, string> = {}): NacosAnswer {
  return { status, body, headers }
}

export function json(status: number, body: unknown): NacosAnswer {
  return { status, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }
}

/** The envelope of the v3 API. */
export function result(status: number, code: number, message: string, data: unknown): NacosAnswer {
  return json(status, { code, message, data })
}

/** What Spring answers where no controller is mapped. */
export function notFound(path: string): NacosAnswer {
  const timestamp = new Date().toISOString()
  return json(404, { timestamp, status: 404, error: 'Not Found', message: 'No message available', path })
}

/** What 3.x answers for older routes that are switched off: the code stands only inside the message. */
export function gone(path: string): NacosAnswer {
  const message =
    'Current API will be deprecated, please use v3 API instead. ErrorCode: 40000, API_DEPRECATED'
  return json(410, { timestamp: new Date().toISOString(), status: 410, error: 'Gone', message, path })
}
