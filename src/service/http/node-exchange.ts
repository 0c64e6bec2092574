import type { RawAnswer } from './answer-headers.ts'
import { replaceHeaders } from './answer-headers.ts'
import type { ClientWatch, HandlerDoor } from './handler-door.ts'
import type { RequestView } from './request-view.ts'
import { pathOf } from './request-view.ts'

/** The part of Node's request that is read, as Express 4, 5 and plain `node:http` have it. */
export interface NodeRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** Express: the url before routers have cut it. */
  readonly originalUrl?: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** The part of Node's response that is used. */
export interface NodeResponse {
  readonly headersSent: boolean
  readonly destroyed: boolean
  statusCode: number
  getHeader(name: string): number | string | string[] | undefined
  setHeader(name: string, value: string): unknown
  removeHeader(name: string): void
  end(body: string): unknown
  once(event: 'close', listener: () => void): unknown
  off(event: 'close', listener: () => void): unknown
}

export function viewOf(request: NodeRequest, raw: unknown = request): RequestView {
  return {
    method: request.method ?? 'GET',
    path: pathOf(request.originalUrl ?? request.url ?? '/'),
    raw,
    header(name) {
      const value = request.headers[name]
      return typeof value === 'string' ? value : value?.join(', ')
    },
  }
}

/** Sends an answer in place of what was prepared. */
export function sendAnswer(response: NodeResponse, answer: RawAnswer): void {
  replaceHeaders(
    {
      get: (name) => response.getHeader(name),
      set: (name, value) => response.setHeader(name, value),
      remove: (name) => response.removeHeader(name),
    },
    answer,
  )
  response.statusCode = answer.status
  response.setHeader('Content-Length', String(Buffer.byteLength(answer.body)))
  // Node leaves the body of an answer to HEAD out by itself.
  response.end(answer.body)
}

export function watchClient(response: NodeResponse): ClientWatch {
  const gone = new AbortController()
  const abort = (): void => gone.abort()
  if (response.destroyed) abort()
  else response.once('close', abort)
  return { signal: gone.signal, [Symbol.dispose]: () => response.off('close', abort) }
}

/** @returns false: the request was answered here, or nobody is there any more, and its handler must not run. */
export async function mayPass(
  door: HandlerDoor,
  request: NodeRequest,
  response: NodeResponse,
): Promise<boolean> {
  const passage = await door.judge(viewOf(request), () => watchClient(response))
  if (passage === 'pass') return true
  if (passage !== 'gone' && !response.headersSent) sendAnswer(response, passage)
  return false
}
