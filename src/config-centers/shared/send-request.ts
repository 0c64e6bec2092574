import { isUtf8 } from 'node:buffer'
import { request as requestPlain } from 'node:http'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { request as requestTls } from 'node:https'
import { startDeadline } from '../../core/deadline.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { HttpOutcome, HttpRequest } from './http-message.ts'
import { BadAnswer, readLines } from './read-lines.ts'

/** How the server of an https address is checked. */
export interface Trust {
  /** Certificates (PEM) of the authorities to trust instead of the system's. */
  readonly ca?: string | undefined
}

const defaultDeadlineMs = 5000
const defaultMaxBytes = 16 * 1024 * 1024

/** What a reason says when the server could not prove who it is; nothing was sent to it then. */
export const distrustWords = 'certificate not trusted'

/** Whether a byte of the request can have left: only then may the server have acted. */
interface Progress {
  connected: boolean
}

/**
 * Sends one request to one server, once, and says what is known afterwards.
 * Redirects are not followed (they would carry the token elsewhere), and the connection is closed after the answer:
 * a kept one that the server drops would make an unsent write look like a write of unknown fate.
 * @param base server address with the context path.
 * @throws the signal's reason, nothing else.
 */
export async function sendRequest(
  base: string,
  request: HttpRequest,
  clock: Clock,
  signal: AbortSignal,
  trust: Trust = {},
): Promise<HttpOutcome> {
  signal.throwIfAborted()
  const deadlineMs = request.deadlineMs ?? defaultDeadlineMs
  const deadline = startDeadline(clock, deadlineMs, `${request.method} ${request.path}`, signal)
  const progress: Progress = { connected: false }
  try {
    const response = await exchange(base, request, progress, deadline.signal, trust)
    const maxBytes = request.maxBytes ?? defaultMaxBytes
    let body = ''
    if (request.lines && response.statusCode === 200) {
      deadline[Symbol.dispose]()
      await readLines(response, request.lines, maxBytes, clock, signal)
    } else {
      body = await readBody(response, maxBytes)
    }
    return {
      kind: 'answered',
      answer: { server: base, status: response.statusCode ?? 0, body, headers: headersOf(response) },
    }
  } catch (error) {
    signal.throwIfAborted()
    const reason = deadline.signal.aborted ? `no answer within ${deadlineMs} ms` : reasonOf(error)
    return { kind: progress.connected ? 'unknown' : 'never-sent', reason }
  } finally {
    deadline[Symbol.dispose]()
  }
}

function exchange(
  base: string,
  request: HttpRequest,
  progress: Progress,
  signal: AbortSignal,
  trust: Trust,
): Promise<IncomingMessage> {
  const url = addressOf(base, request)
  const body = bodyOf(request)
  const options: RequestOptions = {
    method: request.method,
    signal,
    agent: false,
    headers: {
      ...request.headers,
      connection: 'close',
      ...(body && { 'content-type': body.type, 'content-length': Buffer.byteLength(body.text) }),
    },
  }
  return new Promise((resolve, reject) => {
    const secure = url.protocol === 'https:'
    const sent = secure
      ? // Said aloud, so that no variable of the environment can switch it off.
        requestTls(url, { ...options, ...trust, rejectUnauthorized: true }, resolve)
      : requestPlain(url, options, resolve)
    sent.once('socket', (socket) =>
      // With TLS nothing of the request leaves before the server has proved who it is.
      socket.once(secure ? 'secureConnect' : 'connect', () => (progress.connected = true)),
    )
    // Without a listener an upgrade would end in nothing at all: no answer, no error, no deadline.
    sent.once('upgrade', (_, socket) => {
      socket.destroy()
      reject(new BadAnswer('an answer in another protocol'))
    })
    sent.once('close', () => reject(new BadAnswer('connection lost')))
    sent.on('error', reject)
    sent.end(body?.text)
  })
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<string> {
  const encoding = response.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') throw new BadAnswer('an answer in an encoding that was not asked for')
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBytes) throw new BadAnswer(`an answer of more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks)
  // A document with a byte that is none of its characters would come back changed when it is written again.
  if (response.statusCode === 200 && !isUtf8(body)) throw new BadAnswer('an answer that is not UTF-8')
  // Not a decoder of streams: it would drop a byte order mark, which belongs to the document.
  return body.toString('utf8')
}

function bodyOf({ form, json }: HttpRequest): { readonly type: string; readonly text: string } | undefined {
  if (json !== undefined) return { type: 'application/json', text: JSON.stringify(json) }
  if (form === undefined) return undefined
  return {
    type: 'application/x-www-form-urlencoded;charset=UTF-8',
    text: new URLSearchParams(form).toString(),
  }
}

function headersOf(response: IncomingMessage): Headers {
  const headers = new Headers()
  for (const [name, values] of Object.entries(response.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value)
  }
  return headers
}

function addressOf(base: string, request: HttpRequest): URL {
  const query = new URLSearchParams(request.query).toString()
  return new URL(`${base}${request.path}${query === '' ? '' : `?${query}`}`)
}

// Only the code: messages of the HTTP client may hold the address with its query.
function reasonOf(error: unknown): string {
  if (error instanceof BadAnswer) return error.message
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (typeof code !== 'string' || !/^[A-Z0-9_]{1,60}$/.test(code)) return 'connection lost'
  // What begins with ERR_SSL is about the handshake itself, or about a certificate the server asks for.
  return /^(?!ERR_SSL).*(CERT|SIGNATURE|ISSUER)/.test(code) ? `${distrustWords}: ${code}` : code
}
