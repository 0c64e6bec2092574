import { afterEach, describe, expect, it } from 'vitest'
import { watchDocument } from '../../../src/config-centers/watch-document.ts'
import type { DocumentSighting } from '../../../src/config-centers/watch-document.ts'
import type {
  ApolloServerOptions,
  RunningApollo,
} from '../../../src/lab/center/apollo/start-apollo-server.ts'
import { items, openApolloBench, ref } from './apollo-bench.ts'
import type { ApolloBench } from './apollo-bench.ts'
import { errorOf, fastClock, soon, startTinyServer } from './nacos-bench.ts'

/* Against a stand-in written from Apollo's documentation, not against a real server. */

const opened: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

async function bench(options: ApolloServerOptions = {}): Promise<ApolloBench> {
  const made = await openApolloBench(options)
  opened.push(made)
  return made
}

const release = ({ store }: RunningApollo, content: string): void => {
  if (!store.find('orders.yaml')) store.create('orders.yaml', 'yaml')
  store.setItem('orders.yaml', { key: 'content', value: content }, 'wang')
  store.release('orders.yaml', 'by hand', 'wang')
}

/** A service that watches the file; the sightings so far, and its end. */
function watching(server: RunningApollo, accessKey?: string) {
  const stop = new AbortController()
  const seen: DocumentSighting[] = []
  const access = {
    kind: 'apollo' as const,
    servers: server.configServers,
    app: 'orders',
    dataId: 'orders.yaml',
    ...(accessKey !== undefined && { accessKey }),
  }
  const ended = (async () => {
    for await (const sighting of watchDocument(access, stop.signal, fastClock)) seen.push(sighting)
  })()
  opened.push({
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await ended
    },
  })
  const texts = (): readonly unknown[] =>
    seen.map((one) => (one.state === 'current' ? one.content : one.state))
  return { seen, texts }
}

const patience = { timeout: 15_000, interval: 10 }

describe('a service that reads from Apollo', () => {
  it.each([undefined, 'a key'])(
    'sees the file and each release of it, with access key %s',
    async (accessKey) => {
      const { server } = await bench({ accessKey })
      const { texts } = watching(server, accessKey)
      await expect.poll(texts, patience).toEqual([null])
      release(server, 'a: 1')
      await expect.poll(texts, patience).toEqual([null, 'a: 1'])
      await expect.poll(() => server.nodes[0]?.waiting, patience).toBe(1)
      release(server, 'a: 2')
      await expect.poll(texts, patience).toEqual([null, 'a: 1', 'a: 2'])
      expect(server.portalRequests).toEqual([])
    },
  )

  it('asks nothing while nothing changes', async () => {
    const { server } = await bench()
    release(server, 'a: 1')
    const { texts } = watching(server)
    await expect.poll(texts, patience).toContain('a: 1')
    await expect.poll(() => server.nodes[0]?.waiting, patience).toBe(1)
    const before = server.configRequests.length
    await fastClock.sleep(3000, soon())
    expect(server.configRequests.length - before).toBeLessThanOrEqual(1)
  })

  it('with a wrong access key is told so, without the key', async () => {
    const { server } = await bench({ accessKey: 'TopSecret-key' })
    const { seen } = watching(server, 'TopSecret-wrong')
    await expect.poll(() => seen.length, patience).toBe(1)
    expect(seen[0]).toMatchObject({ state: 'stale', last: undefined })
    expect(JSON.stringify(seen)).toContain('does not know the credential')
    expect(JSON.stringify(seen)).not.toContain('TopSecret')
  })

  it('does not take a page that says 404 for a document that is missing', async () => {
    const proxy = await startTinyServer(() => ({ status: 404, body: '<html>no such page</html>' }))
    opened.push(proxy)
    const access = { kind: 'apollo' as const, servers: [proxy.url], app: 'orders', dataId: 'orders.yaml' }
    const { value } = await watchDocument(access, soon(), fastClock).next()
    expect(value).toMatchObject({ state: 'stale', last: undefined })
  })

  it('keeps what it has while the config service is down, and goes on afterwards', async () => {
    const { server } = await bench()
    release(server, 'a: 1')
    const { texts } = watching(server)
    await expect.poll(texts, patience).toContain('a: 1')
    await server.setConfigDown(true)
    await expect.poll(texts, patience).toContain('stale')
    release(server, 'a: 2')
    await server.setConfigDown(false)
    await expect.poll(() => texts().at(-1), patience).toBe('a: 2')
  })

  it('sees a release that its server announces before it shows it', async () => {
    const { server } = await bench()
    release(server, 'a: 1')
    const { texts } = watching(server)
    await expect.poll(() => server.nodes[0]?.waiting, patience).toBe(1)
    let reads = 0
    server.setConfigFault(({ path }) => {
      // The first two looks after the announcement are too early.
      if (path.startsWith('/configs') && (reads += 1) === 1) server.nodes[0]?.showEarlier('orders.yaml', 2)
      return 'serve'
    })
    release(server, 'a: 2')
    await expect.poll(() => texts().at(-1), patience).toBe('a: 2')
    expect(reads).toBeGreaterThanOrEqual(3)
  })

  it('reads a namespace of items as lines, with the public one of the same name merged in', async () => {
    const { server, center } = await bench()
    server.nodes[0]?.associate('application', { shared: 'public', url: 'public' })
    server.store.setItem('application', { key: 'url', value: 'private' }, 'wang')
    server.store.release('application', 'by hand', 'wang')
    const stored = await center.get(items, soon())
    expect(stored?.content).toBe('url=private')
    await center.awaitVisible(items, stored?.etag ?? '', soon())
    const stop = new AbortController()
    const access = {
      kind: 'apollo' as const,
      servers: server.configServers,
      app: 'orders',
      dataId: 'application',
    }
    for await (const sighting of watchDocument(access, stop.signal, fastClock)) {
      expect(sighting).toMatchObject({ content: 'shared=public\nurl=private' })
      stop.abort()
    }
  })

  it('is told that Apollo has no groups', async () => {
    const { server } = await bench()
    const access = {
      kind: 'apollo' as const,
      servers: server.configServers,
      app: 'orders',
      dataId: 'a.yaml',
      group: 'g',
    }
    const first = watchDocument(access, soon(), fastClock).next()
    expect((await errorOf(first)).code).toBe('playbook.invalid')
  })
})

describe('a release of Apollo', () => {
  it('is visible only when every server of the config service shows it', async () => {
    const { server, center } = await bench({ configServers: 2 })
    release(server, 'a: 1')
    const first = await center.get(ref, soon())
    await center.awaitVisible(ref, first?.etag ?? '', soon())
    server.nodes[1]?.setStale(true)
    const { etag } = await center.put(ref, 'a: 2', { expect: { etag: first?.etag ?? '' } }, soon())
    let isVisible = false
    const waiting = center.awaitVisible(ref, etag, soon()).then(() => (isVisible = true))
    const reads = (): number => server.configRequests.filter((one) => one.includes('/configs/')).length
    const before = reads()
    await expect.poll(() => reads() - before, patience).toBeGreaterThan(5)
    expect(isVisible).toBe(false)
    server.nodes[1]?.setStale(false)
    await waiting
  })

  it('that another one has replaced is not waited for without an end', async () => {
    const { server, center } = await bench()
    release(server, 'a: 1')
    const first = await center.get(ref, soon())
    release(server, 'a: 2')
    await expect(center.awaitVisible(ref, first?.etag ?? '', AbortSignal.timeout(300))).rejects.toThrow()
  })

  it('is not lost to a watcher of the runner while the config service is down', async () => {
    const { server, center } = await bench()
    release(server, 'a: 1')
    const stop = new AbortController()
    const seen: unknown[] = []
    for await (const document of center.watch(ref, AbortSignal.any([stop.signal, soon()]))) {
      seen.push(document?.content)
      if (seen.length === 2) stop.abort()
      if (seen.length > 1) continue
      await server.setConfigDown(true)
      release(server, 'a: 2')
      await server.setConfigDown(false)
    }
    expect(seen).toEqual(['a: 1', 'a: 2'])
  })

  it('is listed by portals of the 3.0 line only', async () => {
    const { server, center } = await bench()
    release(server, 'a: 1')
    expect(await center.capabilities(soon())).toMatchObject({ server: 'Apollo before 3.0', history: false })
    expect((await errorOf(center.history(ref, soon()))).code).toBe('system.unsupported')
    const newer = await bench({ line: '3.0' })
    release(newer.server, 'a: 1')
    expect(await newer.center.capabilities(soon())).toMatchObject({ history: true, compareAndSet: 'none' })
    expect(await newer.center.history(ref, soon())).toMatchObject([{ operation: 'insert', by: 'wang' }])
  })

  it('of another namespace is not a version of this document', async () => {
    const { server, center } = await bench({ line: '3.0' })
    release(server, 'a: 1')
    server.store.setItem('application', { key: 'a', value: '1' }, 'wang')
    const { id } = server.store.release('application', 'by hand', 'wang')
    expect(await center.version(ref, String(id), soon())).toBeNull()
    expect((await center.version(items, String(id), soon()))?.content).toBe('a=1')
  })
})

describe('the servers of an Apollo', () => {
  it('are asked one by one whether they are ready', async () => {
    const { server, center } = await bench({ configServers: 2 })
    await server.setPortalDown(true)
    const health = await center.health(soon())
    expect(health.map(({ healthy }) => healthy)).toEqual([false, true, true])
    expect(health[0]?.server).toBe(server.portal)
  })
})
