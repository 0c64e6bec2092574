import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { gateStates, type GateState, type InstanceStatus } from '../../core/instance-status.ts'
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

/**
 * Calls `then` once, as soon as the gate is in one of the states, or after so long, milliseconds.
 * @returns ends the waiting early; `then` is not called any more.
 */
export type AwaitGate = (states: readonly GateState[], withinMs: number, then: () => void) => () => void

/** Longest time an answer waits for the gate, milliseconds: less than the runner waits for an answer. */
const longestWaitMs = 1_000

/**
 * `?gate=closed,refusing&within=500` is answered when the gate is in one of these states, or after so many milliseconds.
 * @throws CutoverError `usage` for a token that could be guessed. */
export function createStatusHandler(
  access: StatusAccess,
  status: () => InstanceStatus,
  awaitGate: AwaitGate,
): StatusHandler {
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
    } else {
      const { states, withinMs } = wishIn(request.url)
      const cancel = awaitGate(states, withinMs, () => answer(response, 200, status()))
      response.on('close', cancel)
    }
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

/** A wish that cannot be read is answered at once, as one without any. */
function wishIn(url = '/'): { readonly states: readonly GateState[]; readonly withinMs: number } {
  const query = new URLSearchParams(url.split('?', 2)[1] ?? '')
  const states = (query.get('gate') ?? '').split(',').filter(isGateState)
  const within = Number(query.get('within') ?? 0)
  const withinMs = states.length > 0 && within > 0 ? Math.min(within, longestWaitMs) : 0
  return { states, withinMs }
}

function isGateState(text: string): text is GateState {
  return gateStates.some((state) => state === text)
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
