import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { InstanceStatus } from '../../core/instance-status.ts'
import { CutoverError } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'

/** Where the runner asks a process, and how it shows that it may. */
export interface StatusAccess {
  /** What the runner sends as `Authorization: Bearer …`; at least 16 characters. */
  readonly token: string | Secret
  /** Default `/cutover/status`. */
  readonly path?: string
}

/**
 * Answers the runner's question for the status.
 * @returns false: the request is for something else, and nothing was answered.
 */
export type StatusHandler = (request: IncomingMessage, response: ServerResponse) => boolean

const shortestToken = 16

/** @throws CutoverError `usage` for a token that could be guessed. */
export function createStatusHandler(access: StatusAccess, status: () => InstanceStatus): StatusHandler {
  const path = access.path ?? '/cutover/status'
  const token = typeof access.token === 'string' ? access.token : access.token.reveal()
  if (token.length < shortestToken) {
    throw new CutoverError('usage', `the status token has fewer than ${shortestToken} characters`, {
      hint: 'Give the service a long random token, the same that the playbook names.',
    })
  }
  const expected = digest(`Bearer ${token}`)
  return (request, response) => {
    if (pathOf(request.url) !== path) return false
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) {
      // Before anything else: who may not ask learns nothing but that.
      answer(response, 401, { error: 'unauthorized' }, { 'WWW-Authenticate': 'Bearer' })
    } else if (request.method !== 'GET') {
      answer(response, 405, { error: 'method-not-allowed' }, { Allow: 'GET' })
    } else answer(response, 200, status())
    return true
  }
}

/** Digests have one length, so that comparing them tells nothing of the token's. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function pathOf(url = '/'): string {
  return url.split('?', 1)[0] ?? url
}

function answer(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    ...headers,
  })
  response.end(text)
}
