import { describe, expect, it } from 'vitest'
import { replaceHeaders } from '../../../src/service/http/answer-headers.ts'
import { preferredLanguage, preferredType } from '../../../src/service/http/negotiate.ts'
import type { RequestView } from '../../../src/service/http/request-view.ts'
import { pathOf } from '../../../src/service/http/request-view.ts'
import type { RouteList } from '../../../src/service/http/route-list.ts'
import { matcherOf } from '../../../src/service/http/route-list.ts'
import { beforeHandler } from '../../../src/service/express.ts'

describe('the media type a client likes best', () => {
  const offered = ['application/json', 'application/problem+json', 'text/html', 'text/plain'] as const

  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    [',;,q=1', 'application/json'],
    ['TEXT/HTML', 'text/html'],
    ['text/plain, text/html', 'text/plain'],
    ['text/plain;q=0.5, text/html;q=0.9', 'text/html'],
    ['text/*', 'text/html'],
    ['text/html;q=0, text/*', 'text/plain'],
    ['*/*;q=0.1, text/plain;q=0.2', 'text/plain'],
    ['application/json;q=0, */*', 'application/problem+json'],
    ['text/html;level=1;q=0.4, text/plain;q=0.3', 'text/html'],
    ['text/html;q=nonsense, text/plain;q=0.1', 'text/plain'],
    ['image/png, application/vnd.api+json', 'application/json'],
  ])('of %j is %s', (accept, type) => {
    expect(preferredType(accept, offered)).toBe(type)
  })

  it('is found quickly in a header that is made to be slow', () => {
    const began = performance.now()
    expect(preferredType(`${'text/html;'.repeat(500)},`.repeat(500), offered)).toBe('text/html')
    expect(performance.now() - began).toBeLessThan(1000)
  })
})

describe('the language a client likes best', () => {
  it.each([
    [undefined, 'zh-CN'],
    ['en-GB', 'en'],
    ['zh-Hant-HK, en;q=0.9', 'zh'],
    ['zh', 'zh'],
    ['ja', 'ja-JP'],
    ['pt-BR', 'pt-PT'],
    ['*', 'zh-CN'],
    ['fr, *;q=0.1', 'zh-CN'],
    ['zh;q=0, en;q=0.1', 'en'],
  ])('of %j is %s', (accept, language) => {
    expect(preferredLanguage(accept, ['zh-CN', 'zh', 'en', 'ja-JP', 'pt-PT'])).toBe(language)
  })
})

describe('a list of routes', () => {
  const request = (method: string, path: string): RequestView => ({
    method,
    path,
    raw: undefined,
    header: () => undefined,
  })
  const holds = (routes: RouteList, method: string, path: string) => matcherOf(routes)(request(method, path))

  it.each([
    [['/health'], 'GET', '/health', true],
    [['/health'], 'GET', '/Health/', true],
    [['/health'], 'GET', '/healthy', false],
    [['/admin/*'], 'POST', '/admin', true],
    [['/admin/*'], 'POST', '/admin/users/1', true],
    [['/admin/*'], 'POST', '/administrator', false],
    [['POST /hooks/*'], 'POST', '/hooks/a', true],
    [['post /hooks/*'], 'GET', '/hooks/a', false],
    [['/*'], 'PUT', '/anything', true],
    [['/'], 'PUT', '/', true],
    [['/export'], 'GET', '/%65xport', true],
    [['/export'], 'GET', '/%ff', false],
    [[], 'GET', '/', false],
  ] as const)('%j: %s %s is %s', (routes, method, path, expected) => {
    expect(holds(routes, method, path)).toBe(expected)
  })

  it('may be a function', () => {
    expect(holds(({ method }) => method === 'PURGE', 'PURGE', '/')).toBe(true)
  })

  it.each(['health', '/a*', '/a b', 'GET', '/a?b', 'POST  x'])('refuses %j at once', (entry) => {
    expect(() => matcherOf([entry])).toThrow(TypeError)
  })
})

it.each([
  ['/orders/1?a=/b', '/orders/1'],
  ['/', '/'],
  ['/a#b', '/a'],
  ['http://host/orders?x', '/orders'],
  ['http://host', '/'],
  ['*', '/'],
])('the path of %s is %j', (url, path) => {
  expect(pathOf(url)).toBe(path)
})

it.each(['short', 'long enough but with spaces'])('refuses the rehearsal token %j at once', (token) => {
  const notices = { window: () => undefined }
  expect(() => beforeHandler({ notices, rehearsal: { token } })).toThrow(TypeError)
})

describe('headers that list things', () => {
  const after = (present: Readonly<Record<string, string>>): Headers => {
    const headers = new Headers(present)
    const prepared = {
      get: (name: string) => headers.get(name),
      set: (name: string, value: string) => headers.set(name, value),
      remove: (name: string) => headers.delete(name),
    }
    replaceHeaders(prepared, { status: 503, headers: { 'Retry-After': '3' }, body: '' })
    return headers
  }

  it('name nothing twice, whatever its letter case', () => {
    const headers = after({ Vary: 'Origin, accept', 'Access-Control-Expose-Headers': 'retry-after' })
    expect(headers.get('vary')).toBe('Origin, accept, Accept-Language')
    expect(headers.get('access-control-expose-headers')).toBe('retry-after')
  })

  it('stay as they are when they name everything', () => {
    const headers = after({ Vary: '*', 'Access-Control-Expose-Headers': '*' })
    expect([headers.get('vary'), headers.get('access-control-expose-headers')]).toEqual(['*', '*'])
  })
})
