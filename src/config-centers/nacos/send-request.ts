import { startDeadline } from '../../core/deadline.ts'
import type { Clock } from '../../core/ports/clock.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below the context path: `/v1/cs/configs`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Time until the answer must be complete. */
  readonly deadlineMs?: number
}

export interface HttpAnswer {
  readonly server: string
  readonly status: number
  /** Decoded as UTF-8, a byte order mark kept. */
  readonly body: string
  readonly headers: Headers
}

/** What is known after one attempt. `unknown`: the server may or may not have acted. */
export type HttpOutcome =
  | { readonly kind: 'answered'; readonly answer: HttpAnswer }
  | { readonly kind: 'never-sent'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string }

// Failures of which it is certain that no byte of the request left.
const neverSentCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
])

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
): Promise<HttpOutcome> {
  signal.throwIfAborted()
  const deadlineMs = request.deadlineMs ?? 5000
  const deadline = startDeadline(clock, deadlineMs, `${request.method} ${request.path}`, signal)
  try {
    const response = await fetch(addressOf(base, request), {
      method: request.method,
      redirect: 'manual',
      signal: deadline.signal,
      headers: { ...request.headers, connection: 'close' },
      ...(request.form && { body: new URLSearchParams(request.form) }),
    })
    // Not response.text(): it drops a byte order mark, which belongs to the document.
    const body = Buffer.from(await response.arrayBuffer()).toString('utf8')
    const { status, headers } = response
    return { kind: 'answered', answer: { server: base, status, body, headers } }
  } catch (error) {
    signal.throwIfAborted()
    if (deadline.signal.aborted) return { kind: 'unknown', reason: `no answer within ${deadlineMs} ms` }
    return failureOf(error)
  } finally {
    deadline[Symbol.dispose]()
  }
}

function addressOf(base: string, request: HttpRequest): string {
  const query = new URLSearchParams(request.query).toString()
  return `${base}${request.path}${query === '' ? '' : `?${query}`}`
}

function failureOf(error: unknown): HttpOutcome {
  const code = codeOf(error)
  if (neverSentCodes.has(code)) return { kind: 'never-sent', reason: code }
  return { kind: 'unknown', reason: code === '' ? 'connection lost' : code }
}

// Only the code: messages of the HTTP client may hold the address with its query.
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return ''
  return typeof cause.code === 'string' && /^[A-Z0-9_]{1,40}$/.test(cause.code) ? cause.code : ''
}
