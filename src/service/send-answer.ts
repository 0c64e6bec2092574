import type { FrameworkResponse } from './framework.ts'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What the handler said about the answer it could not give any more. */
const stale = [
  'ETag',
  'Last-Modified',
  'Expires',
  'Age',
  'Surrogate-Control',
  'CDN-Cache-Control',
  'Accept-Ranges',
  'Content-Range',
  'Content-Encoding',
  'Content-Disposition',
  'Content-Length',
  'Location',
  'Retry-After',
]

/** Replaces whatever was prepared so far. CORS headers and cookies stay. */
export function sendAnswer(response: FrameworkResponse, answer: RawAnswer): void {
  for (const name of stale) response.removeHeader(name)
  response.statusCode = answer.status
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value)
  response.setHeader('Cache-Control', 'no-store')
  appendToken(response, 'Vary', 'Accept')
  appendToken(response, 'Vary', 'Accept-Language')
  if (answer.headers['Retry-After'] !== undefined) {
    // Scripts of other origins may read only the headers listed here.
    appendToken(response, 'Access-Control-Expose-Headers', 'Retry-After')
  }
  response.setHeader('Content-Length', String(Buffer.byteLength(answer.body)))
  // Node leaves the body of an answer to HEAD out by itself.
  response.end(answer.body)
}

function appendToken(response: FrameworkResponse, header: string, token: string): void {
  const present = [response.getHeader(header) ?? []].flat().join(', ')
  const tokens = new Set(present.split(',').map((part) => part.trim().toLowerCase()))
  if (tokens.has(token.toLowerCase()) || tokens.has('*')) return
  response.setHeader(header, present === '' ? token : `${present}, ${token}`)
}
