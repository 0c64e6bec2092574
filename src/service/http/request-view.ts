/** What the middleware reads of a request, whatever the framework. */
export interface RequestView {
  readonly method: string
  /** As the client sent it, without the query. */
  readonly path: string
  /** The framework's own request object, for hooks of the service. */
  readonly raw: unknown
  /** @param name in lower case. */
  header(name: string): string | undefined
}

/** Methods that by their definition change nothing. */
export function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || method === 'TRACE'
}

/** `/orders/42` of `/orders/42?full=1`, and of `http://host/orders/42?full=1`. */
export function pathOf(url: string): string {
  const authority = url.startsWith('/') ? 0 : url.indexOf('://') + 3
  const path = /[/?#]/.exec(url.slice(authority))?.index
  if (path === undefined) return '/'
  const rest = url.slice(authority + path)
  const end = rest.search(/[?#]/)
  return (end === -1 ? rest : rest.slice(0, end)) || '/'
}
