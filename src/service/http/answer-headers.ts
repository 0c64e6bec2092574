/** An answer as it goes over the wire. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The headers that were prepared so far, whatever the framework keeps them in. */
export interface PreparedHeaders {
  get(name: string): number | string | readonly string[] | null | undefined
  set(name: string, value: string): unknown
  remove(name: string): unknown
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
  'Content-Type',
  'Content-Language',
  'Location',
  'Retry-After',
  // Trailers and chunks belonged to the body that never came.
  'Transfer-Encoding',
  'Trailer',
]

/** Replaces what was prepared for another answer. CORS headers and cookies stay. */
export function replaceHeaders(prepared: PreparedHeaders, answer: RawAnswer): void {
  for (const name of stale) prepared.remove(name)
  for (const [name, value] of Object.entries(answer.headers)) prepared.set(name, value)
  prepared.set('Cache-Control', 'no-store')
  appendToken(prepared, 'Vary', 'Accept')
  appendToken(prepared, 'Vary', 'Accept-Language')
  // Scripts of other origins may read only the headers listed here.
  if (prepared.get('Retry-After')) appendToken(prepared, 'Access-Control-Expose-Headers', 'Retry-After')
}

function appendToken(prepared: PreparedHeaders, header: string, token: string): void {
  const present = [prepared.get(header) ?? []].flat().join(', ')
  const tokens = new Set(present.split(',').map((part) => part.trim().toLowerCase()))
  if (tokens.has(token.toLowerCase()) || tokens.has('*')) return
  prepared.set(header, present === '' ? token : `${present}, ${token}`)
}
