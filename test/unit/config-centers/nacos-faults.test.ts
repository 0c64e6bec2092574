import { afterEach, describe, expect, it } from 'vitest'
import type { ConfigCenter } from '../../../src/core/ports/config-center.ts'
import { startNacosServer } from '../../../src/lab/center/start-nacos-server.ts'
import type { NacosServerOptions, RunningNacos } from '../../../src/lab/center/start-nacos-server.ts'
import { auth, content, errorOf, key, openCenter, ref, soon, startTinyServer, theirs } from './nacos-bench.ts'

const opened: AsyncDisposable[] = []
const later = <T extends AsyncDisposable>(one: T): T => {
  opened.push(one)
  return one
}
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

interface Bench {
  readonly server: RunningNacos
  readonly center: ConfigCenter
  /** Methods and paths that arrived. */
  readonly routes: string[]
}

async function bench(options: NacosServerOptions): Promise<Bench> {
  const server = later(await startNacosServer({ publishDelayMs: 5, ...options }))
  const center = later(await openCenter(server.url, options.auth))
  const routes: string[] = []
  server.setFault(({ method, path }) => {
    routes.push(`${method} ${path}`)
    return 'serve'
  })
  return { server, center, routes }
}

describe.each(['2.5', '3.1'] as const)('a write to Nacos %s', (flavour) => {
  const writes = (routes: readonly string[]): number =>
    routes.filter((route) => route.startsWith('POST')).length
  const stored = (server: RunningNacos): string | undefined => server.documents.stored(key(flavour))?.content

  it('counts as done when it was done and only its answer was lost', async () => {
    const { server, center, routes } = await bench({ flavour })
    const { etag } = await center.put(ref, 'a: 1', { expect: 'absent' }, soon())
    server.setFault(({ method }) => {
      routes.push(method)
      return method === 'POST' ? 'lose-answer' : 'serve'
    })
    const put = await center.put(ref, content, { expect: { etag } }, soon())
    expect(put.content).toBe(content)
    expect(writes(routes)).toBe(2)
  })

  it.each(['lose-request', 'hang'] as const)('that was never done may be tried again: %s', async (fate) => {
    const { server, center, routes } = await bench({ flavour })
    const { etag } = await center.put(ref, 'a: 1', { expect: 'absent' }, soon())
    server.setFault(({ method }) => {
      routes.push(method)
      return method === 'POST' ? fate : 'serve'
    })
    const error = await errorOf(center.put(ref, content, { expect: { etag } }, soon()))
    expect(error.code).toBe('system.unreachable')
    expect(stored(server)).toBe('a: 1')
    expect(writes(routes)).toBe(2)
    server.setFault(undefined)
    await center.put(ref, content, { expect: { etag } }, soon())
    expect(stored(server)).toBe(content)
  })

  it('that was done late is still seen as done', async () => {
    const { server, center } = await bench({ flavour })
    const { etag } = await center.put(ref, 'a: 1', { expect: 'absent' }, soon())
    let reads = 0
    server.setFault(({ method }) => {
      if (method === 'POST') return 'lose-request'
      reads += 1
      if (reads === 3) server.documents.publish(key(flavour), { ...theirs, content }, etag)
      return 'serve'
    })
    expect((await center.put(ref, content, { expect: { etag } }, soon())).content).toBe(content)
  })

  it('is a conflict when its answer was lost and something else is there', async () => {
    const { server, center } = await bench({ flavour })
    const { etag } = await center.put(ref, 'a: 1', { expect: 'absent' }, soon())
    server.setFault(({ method }) => {
      if (method !== 'POST') return 'serve'
      server.documents.publish(key(flavour), theirs, '')
      return 'lose-request'
    })
    const error = await errorOf(center.put(ref, content, { expect: { etag } }, soon()))
    expect(error.code).toBe('conflict')
    expect(stored(server)).toBe(theirs.content)
  })

  it('is ambiguous when the server said it was done and somebody has written on top of it since', async () => {
    const { server, center } = await bench({ flavour })
    const { etag } = await center.put(ref, 'a: 1', { expect: 'absent' }, soon())
    let sent = false
    server.setFault(({ method }) => {
      if (sent && method === 'GET') server.documents.publish(key(flavour), theirs, '')
      sent ||= method === 'POST'
      return 'serve'
    })
    const error = await errorOf(center.put(ref, content, { expect: { etag } }, soon()))
    expect(error.code).toBe('system.ambiguous')
    expect(error.message).toContain('the server said it was done')
    expect(stored(server)).toBe(theirs.content)
  })

  it('of which nothing can be learned is ambiguous, and is not sent again', async () => {
    const { server, center, routes } = await bench({ flavour })
    const { etag } = await center.put(ref, 'a: 1', { expect: 'absent' }, soon())
    let sent = false
    server.setFault(({ method }) => {
      routes.push(method)
      sent ||= method === 'POST'
      return sent ? 'lose-request' : 'serve'
    })
    const error = await errorOf(center.put(ref, content, { expect: { etag } }, soon()))
    expect(error.code).toBe('system.ambiguous')
    expect(error.hint).toContain('resume or undo')
    expect(writes(routes)).toBe(2)
  })

  it('loses a race after its own look and overwrites nothing', async () => {
    const { server, center } = await bench({ flavour })
    const { etag } = await center.put(ref, 'a: 1', { expect: 'absent' }, soon())
    server.setFault(({ method }) => {
      if (method === 'POST') server.documents.publish(key(flavour), theirs, '')
      return 'serve'
    })
    const error = await errorOf(center.put(ref, content, { expect: { etag } }, soon()))
    expect(error.code).toBe('conflict')
    expect(error.message).toMatch(/last modified at \d{4}-\d\d-\d\dT.* by wang; nothing was overwritten/)
    expect(stored(server)).toBe(theirs.content)
  })

  it('creates nothing in a namespace that does not exist', async () => {
    const { server } = await bench({ flavour, namespaces: ['dev'] })
    const center = later(await openCenter(server.url, undefined, 'prod'))
    const error = await errorOf(center.put(ref, content, { expect: 'any' }, soon()))
    expect(error.code).toBe('system.refused')
    expect(error.message).toContain('no namespace prod')
    const dev = later(await openCenter(server.url, undefined, 'dev'))
    await dev.put(ref, content, { expect: 'any' }, soon())
  })

  it('loses a race for a new document and overwrites nothing', async () => {
    const { server, center } = await bench({ flavour })
    server.setFault(({ method }) => {
      if (method === 'POST') server.documents.publish(key(flavour), theirs, '')
      return 'serve'
    })
    expect((await errorOf(center.put(ref, content, { expect: 'absent' }, soon()))).code).toBe('conflict')
    expect(stored(server)).toBe(theirs.content)
  })

  it('to a wedged document says so, and an unconditional one frees it', async () => {
    const { server, center } = await bench({ flavour })
    const { etag } = await center.put(ref, 'a: 1', { expect: 'absent' }, soon())
    server.documents.wedge(key(flavour))
    const error = await errorOf(center.put(ref, content, { expect: { etag } }, soon()))
    expect(error.code).toBe('system.refused')
    expect(error.message).toContain('wedged')
    expect(error.hint).toContain('console')
    const freed = await center.put(ref, 'a: 1', { expect: 'any' }, soon())
    await center.put(ref, content, { expect: { etag: freed.etag } }, soon())
  })

  it('is stopped at once by its signal', async () => {
    const { server, center } = await bench({ flavour })
    const stop = new AbortController()
    server.setFault(({ method }) => {
      if (method === 'POST') stop.abort(new Error('stopped by the test'))
      return method === 'POST' ? 'hang' : 'serve'
    })
    await expect(center.put(ref, content, { expect: 'absent' }, stop.signal)).rejects.toThrow(
      'stopped by the test',
    )
  })

  it('of a removal counts as done when only its answer was lost', async () => {
    const { server, center } = await bench({ flavour })
    const { etag } = await center.put(ref, content, { expect: 'absent' }, soon())
    server.setFault(({ method }) => (method === 'DELETE' ? 'lose-answer' : 'serve'))
    await center.remove(ref, { expect: { etag } }, soon())
    expect(stored(server)).toBeUndefined()
  })

  it('of a removal that was never done says so', async () => {
    const { server, center } = await bench({ flavour })
    const { etag } = await center.put(ref, content, { expect: 'absent' }, soon())
    server.setFault(({ method }) => (method === 'DELETE' ? 'lose-request' : 'serve'))
    const error = await errorOf(center.remove(ref, { expect: { etag } }, soon()))
    expect(error.code).toBe('system.unreachable')
    expect(stored(server)).toBe(content)
  })
})

describe.each(['2.5', '3.1', '3.2'] as const)('a credential of Nacos %s', (flavour) => {
  it.each([
    ['wrong password', { ...auth, password: 'TopSecret-wrong' }],
    ['unknown user', { ...auth, username: 'nobody' }],
  ])('that is refused is named, its value is not: %s', async (_, user) => {
    const server = later(await startNacosServer({ flavour, auth }))
    const center = later(await openCenter(server.url, user))
    const error = await errorOf(center.get(ref, soon()))
    expect(error.code).toBe('system.unauthenticated')
    for (const part of [server.url, user.username, 'env:NACOS_PASSWORD'])
      expect(error.message).toContain(part)
    expect(error.hint).toContain('env:NACOS_PASSWORD')
  })

  it('that is missing is asked for', async () => {
    const server = later(await startNacosServer({ flavour, auth }))
    const center = later(await openCenter(server.url))
    const error = await errorOf(center.get(ref, soon()))
    expect(error.code).toBe('system.unauthenticated')
    expect(error.hint).toContain('username')
  })

  it('is renewed when the server has forgotten the token, in the middle of a write too', async () => {
    const { server, center } = await bench({ flavour, auth })
    const { etag } = await center.put(ref, 'a: 1', { expect: 'absent' }, soon())
    server.expireTokens()
    await center.get(ref, soon())
    server.setFault(({ method, path }) => {
      if (method === 'POST' && path.includes('config')) {
        server.setFault(undefined)
        server.expireTokens()
      }
      return 'serve'
    })
    expect((await center.put(ref, content, { expect: { etag } }, soon())).content).toBe(content)
  })

  it('logs in once for many requests', async () => {
    const { center, routes } = await bench({ flavour, auth })
    for (let request = 0; request < 5; request += 1) await center.get(ref, soon())
    const logins = routes.filter((route) => route.endsWith('/user/login') || route.endsWith('/users/login'))
    // 2.x has no v3 login and is asked for it once.
    expect(logins).toHaveLength(flavour === '2.5' ? 2 : 1)
  })
})

describe('a right that is missing', () => {
  it('is forbidden after one fresh login', async () => {
    const server = later(
      await startTinyServer((route) => {
        if (route.endsWith('/login'))
          return { status: 200, body: '{"accessToken":"TopSecret-4","tokenTtl":18000}' }
        if (route.endsWith('/v3/admin/core/state')) return { status: 200, body: '{"version":"3.1.0"}' }
        return { status: 403, body: 'TopSecret-5' }
      }),
    )
    const center = later(await openCenter(server.url, auth))
    expect((await errorOf(center.get(ref, soon()))).code).toBe('system.forbidden')
    expect(server.seen.filter((route) => route.endsWith('/login'))).toHaveLength(2)
  })
})

describe('servers', () => {
  it('that are down are named', async () => {
    const { server, center } = await bench({ flavour: '2.5' })
    await server.setDown(true)
    const error = await errorOf(center.put(ref, content, { expect: 'absent' }, soon()))
    expect(error.code).toBe('system.unreachable')
    expect(error.message).toContain(`127.0.0.1:${server.port}`)
    await server.setDown(false)
    await center.put(ref, content, { expect: 'absent' }, soon())
  })

  it('take over from one that is down, for reads and for what was never sent', async () => {
    const down = later(await startNacosServer({ flavour: '3.1' }))
    const up = later(await startNacosServer({ flavour: '3.1', publishDelayMs: 5 }))
    const center = later(await openCenter([down.url, up.url]))
    await center.capabilities(soon())
    await down.setDown(true)
    const { etag } = await center.put(ref, content, { expect: 'absent' }, soon())
    expect(up.documents.stored(key('3.1'))?.md5).toBe(etag)
    expect((await center.get(ref, soon()))?.etag).toBe(etag)
  })

  it('are not sent a write that another one may have done', async () => {
    const first = later(await startNacosServer({ flavour: '3.1' }))
    const second = later(await startNacosServer({ flavour: '3.1' }))
    const center = later(await openCenter([first.url, second.url]))
    first.setFault(({ method }) => (method === 'POST' ? 'lose-answer' : 'serve'))
    const sentToSecond: string[] = []
    second.setFault(({ method }) => {
      sentToSecond.push(method)
      return 'serve'
    })
    await center.put(ref, content, { expect: 'absent' }, soon())
    expect(sentToSecond).not.toContain('POST')
  })

  it('must all show a version before it counts as visible', async () => {
    const first = later(await startNacosServer({ flavour: '3.1', publishDelayMs: 5 }))
    const second = later(await startNacosServer({ flavour: '3.1', publishDelayMs: 5 }))
    const center = later(await openCenter([first.url, second.url]))
    const { etag } = await center.put(ref, content, { expect: 'absent' }, soon())
    const outcome = { visible: false }
    const visible = (async () => {
      await center.awaitVisible(ref, etag, soon())
      outcome.visible = true
    })()
    const asked = second.requests
    await expect.poll(() => second.requests).toBeGreaterThan(asked + 3)
    expect(outcome.visible).toBe(false)
    second.documents.publish(key('3.1'), { ...theirs, content }, '')
    await visible
  })

  it.each([
    ['an ordinary web server', { status: 200, body: '<html>hello</html>' }],
    ['a server without these routes', { status: 404, body: 'no' }],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
    ['a server without a word', { status: 200, body: '' }],
  ])('that are no Nacos are refused: %s', async (_, answer) => {
    const server = later(await startTinyServer(() => answer))
    const center = later(await openCenter(server.url))
    const error = await errorOf(center.get(ref, soon()))
    expect(error.code).toBe('system.unsupported')
    expect(error.message).toContain(server.url)
  })

  it.each(['http://user:TopSecret@host:1', 'http://host:1/?x=TopSecret', '://'])(
    'with the address %s are refused',
    async (url) => {
      expect((await errorOf((async () => openCenter(url))())).code).toBe('usage')
    },
  )
})

describe('an answer without a body that says so', () => {
  const row = JSON.stringify({ dataId: ref.dataId, content: 'a: 1', md5: 'm1', type: 'yaml' })

  it('is no success of a write on 2.x', async () => {
    const server = later(
      await startTinyServer((route) => {
        if (route === 'GET /v1/console/server/state') return { status: 200, body: '{"version":"2.5.0"}' }
        if (route === 'GET /v1/cs/configs') return { status: 200, body: row }
        return route === 'POST /v1/cs/configs' ? { status: 200, body: '' } : { status: 404 }
      }),
    )
    const center = later(await openCenter(server.url))
    const error = await errorOf(center.put(ref, content, { expect: { etag: 'm1' } }, soon()))
    expect(error.code).toBe('system.refused')
    expect(server.seen.filter((route) => route.startsWith('POST'))).toHaveLength(1)
  })

  it('is no absence of a document', async () => {
    const server = later(
      await startTinyServer((route) =>
        route === 'GET /v1/console/server/state'
          ? { status: 200, body: '{"version":"2.5.0"}' }
          : { status: 200 },
      ),
    )
    const center = later(await openCenter(server.url))
    expect((await errorOf(center.get(ref, soon()))).code).toBe('system.refused')
  })

  it('is looked at again when the document appears between two questions', async () => {
    const answers = ['', '{"totalCount":1,"pageItems":[]}', row]
    const server = later(
      await startTinyServer((route) =>
        route.endsWith('state')
          ? { status: route.includes('v1') ? 200 : 404, body: '{"version":"2.5.0"}' }
          : { status: 200, body: answers.shift() ?? '' },
      ),
    )
    const center = later(await openCenter(server.url))
    expect((await center.get(ref, soon()))?.content).toBe('a: 1')
  })

  it('is no success of a write on 3.x', async () => {
    const server = later(
      await startTinyServer((route) => {
        if (route.endsWith('state')) return { status: 200, body: '{"code":0,"data":{"version":"3.1.0"}}' }
        return route.startsWith('GET') ? { status: 200, body: `{"code":0,"data":${row}}` } : { status: 200 }
      }),
    )
    const center = later(await openCenter(server.url))
    expect((await errorOf(center.put(ref, content, { expect: { etag: 'm1' } }, soon()))).code).toBe(
      'system.refused',
    )
    expect((await errorOf(center.remove(ref, { expect: 'any' }, soon()))).code).toBe('system.refused')
  })
})

describe('watching', () => {
  async function firstOf(
    center: ConfigCenter,
    count: number,
    act: (seen: number) => unknown,
  ): Promise<(string | null)[]> {
    const seen: (string | null)[] = []
    for await (const document of center.watch(ref, soon())) {
      seen.push(document?.content ?? null)
      if (seen.length === count) break
      await act(seen.length)
    }
    return seen
  }

  it('reads again and again where the long poll is gone', async () => {
    const { server, center, routes } = await bench({ flavour: '3.2' })
    const seen = await firstOf(center, 2, () => server.documents.publish(key('3.2'), theirs, ''))
    expect(seen).toEqual([null, theirs.content])
    expect(routes.filter((route) => route === 'POST /v1/cs/configs/listener')).toHaveLength(1)
  })

  it('survives an outage and shows what changed meanwhile, once', async () => {
    const { server, center } = await bench({ flavour: '3.1' })
    server.documents.publish(key('3.1'), { ...theirs, content }, '')
    const seen = await firstOf(center, 2, async () => {
      await server.setDown(true)
      server.documents.publish(key('3.1'), theirs, '')
      await server.setDown(false)
    })
    expect(seen).toEqual([content, theirs.content])
  })

  it('ends with the error when the credential is refused from the start', async () => {
    const server = later(await startNacosServer({ flavour: '3.1', auth }))
    const center = later(await openCenter(server.url, { ...auth, password: 'TopSecret-wrong' }))
    expect((await errorOf(firstOf(center, 1, () => undefined))).code).toBe('system.unauthenticated')
  })

  it('ends when the center is closed', async () => {
    const { center } = await bench({ flavour: '2.5' })
    const seen: unknown[] = []
    const watching = (async () => {
      for await (const document of center.watch(ref, soon())) seen.push(document)
    })()
    await expect.poll(() => seen.length).toBe(1)
    await center[Symbol.asyncDispose]()
    await watching
    await expect(center.get(ref, soon())).rejects.toMatchObject({ code: 'interrupted' })
  })

  it('does not hammer a server that answers long polls with nothing at once', async () => {
    const server = later(
      await startTinyServer((route) => {
        if (route.endsWith('state')) return { status: 200, body: '{"version":"3.1.0"}' }
        return route.startsWith('GET') ? { status: 404, body: '{"code":20004}' } : { status: 200 }
      }),
    )
    const center = later(await openCenter(server.url))
    const stop = AbortSignal.timeout(600)
    for await (const document of center.watch(ref, stop)) expect(document).toBeNull()
    expect(server.seen.length).toBeLessThan(40)
  })
})
