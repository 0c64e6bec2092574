import { CutoverError, isCutoverError } from '../core/errors.ts'
import { startDeadline } from '../core/deadline.ts'
import type { Clock } from '../core/ports/clock.ts'
import type { HttpAnswer, HttpRequest } from '../core/ports/service-fleet.ts'

export interface SendOptions {
  readonly clock: Clock
  /** Of this one request, milliseconds. */
  readonly deadlineMs: number
  readonly signal: AbortSignal
}

/**
 * One HTTP request; any status is an answer.
 * @throws CutoverError `system.unreachable` when nothing was sent or the request changes nothing,
 *   `system.ambiguous` when a changing request was sent and no answer came, the signal's reason when it fires.
 */
export async function sendRequest(
  base: string,
  request: HttpRequest,
  options: SendOptions,
): Promise<HttpAnswer> {
  const url = joinUrl(base, request.path)
  const { clock, deadlineMs, signal } = options
  using deadline = startDeadline(clock, deadlineMs, `${request.method} ${url.pathname}`, signal)
  const startedAt = clock.monotonicMs()
  try {
    const response = await fetch(url, {
      method: request.method,
      redirect: 'manual',
      signal: deadline.signal,
      ...(request.headers === undefined ? {} : { headers: request.headers }),
      ...(request.body === undefined ? {} : { body: request.body }),
    })
    const body = await response.text()
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body,
      ms: clock.monotonicMs() - startedAt,
    }
  } catch (error) {
    signal.throwIfAborted()
    throw unanswered(request, url, error)
  }
}

/** Keeps a path that the base address already has. */
function joinUrl(base: string, path: string): URL {
  return path === '' ? new URL(base) : new URL(`${base.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`)
}

function unanswered(request: HttpRequest, url: URL, error: unknown): CutoverError {
  const code = codeOf(error)
  const why = isCutoverError(error)
    ? error.message
    : (wordsFor[code ?? ''] ?? code ?? 'the connection failed')
  const harmless = ['GET', 'HEAD'].includes(request.method) || neverSent.has(code ?? '')
  const message = `${request.method} ${url.pathname} at ${url.host} got no answer: ${why}`
  if (harmless) return new CutoverError('system.unreachable', message, { where: url.host })
  return new CutoverError('system.ambiguous', message, {
    where: url.host,
    hint: 'The request may have taken effect. Look before you send it again.',
  })
}

const neverSent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'bad port',
])

const wordsFor: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no such host',
  'bad port': 'browsers and Node refuse this port; use another one',
}

/** fetch wraps what the socket said, and says itself only "fetch failed". */
function codeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof Error && cause.message === 'bad port') return cause.message
  const code = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'code') : undefined
  return typeof code === 'string' ? code : undefined
}
