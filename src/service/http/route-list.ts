import type { RequestView } from './request-view.ts'

/**
 * Requests by path: `/health` is that very path, `/admin/*` everything below it and itself, `POST /hooks/*` one
 * method of it. Letter case and a slash at the end do not matter. Or a function that says yes or no.
 */
export type RouteList = readonly string[] | ((request: RequestView) => boolean)

/** @throws TypeError for an entry that is not `/path`, `/path/*` or one of them after a method. */
export function matcherOf(routes: RouteList): (request: RequestView) => boolean {
  if (typeof routes === 'function') return routes
  const rules = routes.map(ruleOf)
  return (request) => {
    const path = normal(request.path)
    return rules.some((rule) => rule(request.method, path))
  }
}

function ruleOf(entry: string): (method: string, path: string) => boolean {
  const match = /^(?:([A-Za-z]+) +)?(\/[^?#*\s]*)(\*)?$/.exec(entry)
  if (match === null || (match[3] !== undefined && match[2]?.endsWith('/') !== true)) {
    throw new TypeError(`A route is "/path", "/path/*" or "METHOD /path", not ${JSON.stringify(entry)}.`)
  }
  const [, method, base = '/', below] = match
  const wanted = normal(base)
  const inside = wanted === '/' ? '/' : `${wanted}/`
  return (of, path) =>
    (method === undefined || method.toUpperCase() === of) &&
    (path === wanted || (below !== undefined && path.startsWith(inside)))
}

function normal(path: string): string {
  const plain = decoded(path).toLowerCase()
  return plain.length > 1 && plain.endsWith('/') ? plain.slice(0, -1) : plain
}

function decoded(path: string): string {
  if (!path.includes('%')) return path
  try {
    return decodeURI(path)
  } catch {
    return path // not UTF-8: no route is written like that
  }
}
