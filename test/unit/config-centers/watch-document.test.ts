import { afterEach, describe, expect, it } from 'vitest'
import { watchDocument } from '../../../src/config-centers/watch-document.ts'
import type { DocumentSighting } from '../../../src/config-centers/watch-document.ts'
import { startNacosServer } from '../../../src/lab/center/start-nacos-server.ts'
import type { NacosServerOptions, RunningNacos } from '../../../src/lab/center/start-nacos-server.ts'
import { auth, content, fastClock, key, ref, startTinyServer, theirs } from './nacos-bench.ts'

const servers: RunningNacos[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]()
})

async function start(options: NacosServerOptions): Promise<RunningNacos> {
  const server = await startNacosServer({ publishDelayMs: 5, ...options })
  servers.push(server)
  return server
}

interface Watching {
  readonly seen: DocumentSighting[]
  stop(): Promise<void>
}

function watch(server: { readonly url: string }, user: Partial<typeof auth> = {}): Watching {
  const stop = new AbortController()
  const seen: DocumentSighting[] = []
  const source = { servers: [server.url], dataId: ref.dataId, ...user }
  const watching = (async () => {
    for await (const sighting of watchDocument(source, stop.signal, fastClock)) seen.push(sighting)
  })()
  return {
    seen,
    async stop() {
      stop.abort()
      await watching
    },
  }
}

const last = ({ seen }: Watching): DocumentSighting | undefined => seen.at(-1)

describe.each(['2.5', '3.1', '3.2'] as const)('a service watching a document of Nacos %s', (flavour) => {
  it('sees it, its changes and its removal', async () => {
    const server = await start({ flavour, auth })
    const watching = watch(server, auth)
    await expect.poll(() => last(watching)).toEqual({ state: 'current', content: null, etag: '' })
    server.documents.publish(key(flavour), { ...theirs, content }, '')
    await expect.poll(() => last(watching)).toMatchObject({ state: 'current', content })
    server.documents.publish(key(flavour), theirs, '')
    await expect.poll(() => last(watching)).toMatchObject({ state: 'current', content: theirs.content })
    server.documents.remove(key(flavour), theirs)
    await expect.poll(() => last(watching)).toMatchObject({ state: 'current', content: null })
    expect(watching.seen).toHaveLength(4)
    await watching.stop()
  })

  it('keeps the last value through an outage and says that it is stale', async () => {
    const server = await start({ flavour })
    server.documents.publish(key(flavour), { ...theirs, content }, '')
    await expect.poll(() => server.documents.visible(key(flavour))).toBeDefined()
    const watching = watch(server)
    await expect.poll(() => last(watching)).toMatchObject({ content })
    await server.setDown(true)
    await expect.poll(() => last(watching)).toMatchObject({ state: 'stale', last: { content } })
    await server.setDown(false)
    await expect.poll(() => last(watching), { timeout: 10_000 }).toMatchObject({ state: 'current', content })
    expect(watching.seen.map(({ state }) => state)).toEqual(['current', 'stale', 'current'])
    await watching.stop()
  })

  it('knows nothing while the center was never reached', async () => {
    const server = await start({ flavour })
    await server.setDown(true)
    const watching = watch(server)
    await expect.poll(() => last(watching)).toMatchObject({ state: 'stale', last: undefined })
    await server.setDown(false)
    await expect
      .poll(() => last(watching), { timeout: 10_000 })
      .toMatchObject({ state: 'current', content: null })
    await watching.stop()
  })

  it('with a wrong password is stale, tells why, and does not hammer the server', async () => {
    const server = await start({ flavour, auth })
    const seen: DocumentSighting[] = []
    const source = { servers: [server.url], dataId: ref.dataId, ...auth, password: 'TopSecret-wrong' }
    // Eight seconds of the watcher's time.
    for await (const one of watchDocument(source, AbortSignal.timeout(800), fastClock)) seen.push(one)
    const reason: unknown = expect.stringContaining('refused the login')
    expect(seen).toEqual([{ state: 'stale', last: undefined, reason }])
    expect(JSON.stringify(seen)).not.toContain('TopSecret')
    expect(server.requests).toBeGreaterThan(2)
    expect(server.requests).toBeLessThan(60)
  })
})

describe('a service watching a server that does nothing', () => {
  it.each([
    ['2.x', '/v1/console/server/state'],
    ['3.x', '/v3/admin/core/state'],
  ])('takes no empty answer for a document: %s', async (_, state) => {
    const server = await startTinyServer((route) => {
      if (route.endsWith(state)) return { status: 200, body: '{"version":"2.5.0"}' }
      return { status: route.endsWith('/state') ? 404 : 200 }
    })
    const watching = watch(server)
    await expect.poll(() => last(watching)).toMatchObject({ state: 'stale', last: undefined })
    expect(watching.seen).toHaveLength(1)
    await watching.stop()
    await server[Symbol.asyncDispose]()
  })
})
