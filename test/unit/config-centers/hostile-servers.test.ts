import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { isCutoverError } from '../../../src/core/errors.ts'
import type { ConfigCenter } from '../../../src/core/ports/config-center.ts'
import { floods, plain, startRawServer, wrongBytes, wrongTexts } from './hostile-answers.ts'
import type { Misbehaviour, RawServer } from './hostile-answers.ts'
import { auth, content, openCenter, ref } from './nacos-bench.ts'

const opened: AsyncDisposable[] = []
const later = <T extends AsyncDisposable>(one: T): T => {
  opened.push(one)
  return one
}
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

type Line = '2.x' | '3.x'
const lines: readonly Line[] = ['2.x', '3.x']
/** Texts are read by each line in its own way, bytes in one way for all. */
const misbehavioursOf = (line: Line) => (line === '2.x' ? wrongTexts : [...wrongTexts, ...wrongBytes])

/** What an honest server of the line says to find out its version, and to log in. */
function honest(line: Line, route: string): Buffer | undefined {
  if (route === 'GET /v3/admin/core/state') {
    return line === '3.x' ? plain(200, '{"code":0,"data":{"version":"3.1.0"}}') : plain(404, 'no')
  }
  if (route === 'GET /v1/console/server/state') return plain(200, '{"version":"2.5.0"}')
  if (route.endsWith('/login')) return plain(200, '{"accessToken":"TopSecret-4","tokenTtl":18000}')
  return undefined
}

interface Bench {
  readonly server: RawServer
  readonly center: ConfigCenter
}

/** A server that is honest about its version and in what `truth` says, and misbehaves in everything else. */
async function bench(
  line: Line,
  misbehave: Misbehaviour,
  truth: (route: string) => Buffer | undefined = () => undefined,
): Promise<Bench> {
  const server = later(
    await startRawServer((route, socket) => {
      const answer = honest(line, route) ?? truth(route)
      if (answer) socket.end(answer)
      else misbehave(socket)
    }),
  )
  return { server, center: later(await openCenter(server.url, auth)) }
}

const limit = (): AbortSignal => AbortSignal.timeout(30_000)
const addresses = ['10.0.0.7']

/** Every call of the port that asks the server something. Each must fail, whatever comes back. */
const calls: Readonly<Record<string, (center: ConfigCenter) => Promise<unknown>>> = {
  get: (center) => center.get(ref, limit()),
  put: (center) => center.put(ref, content, { expect: { etag: 'm1' } }, limit()),
  create: (center) => center.put(ref, content, { expect: 'absent' }, limit()),
  overwrite: (center) => center.put(ref, content, { expect: 'any' }, limit()),
  remove: (center) => center.remove(ref, { expect: 'any' }, limit()),
  history: (center) => center.history(ref, limit()),
  version: (center) => center.version(ref, '7', limit()),
  subscribers: (center) => center.subscribers(ref, limit()),
  gray: (center) => center.gray(ref, limit()),
  putGray: (center) => center.putGray(ref, content, { expect: 'any', addresses }, limit()),
  stopGray: (center) => center.stopGray(ref, { expect: 'any' }, limit()),
  registered: (center) => center.registered({ serviceName: 's', group: 'g' }, limit()),
}

/** Fails clearly: an error of the kit's own that names the center or its address and gives nothing away. */
async function expectClearError(name: string, call: Promise<unknown>): Promise<string> {
  const told: unknown = await call.then(
    () => `${name} succeeded`,
    (error: unknown) => error,
  )
  if (!isCutoverError(told)) throw new Error(`${name}: ${inspect(told)}`)
  expect(inspect(told, { depth: 10 }), name).not.toContain('TopSecret')
  expect(told.message, name).toMatch(/nacos|127\.0\.0\.1/)
  expect(told.message.length, name).toBeLessThan(600)
  expect(['system.refused', 'system.unreachable', 'system.unsupported', 'system.ambiguous']).toContain(
    told.code,
  )
  return told.code
}

/** Nothing is seen, and it ends when its signal fires. */
async function expectNothingSeen(center: ConfigCenter): Promise<void> {
  const seen: unknown[] = []
  const watching = async (): Promise<void> => {
    for await (const document of center.watch(ref, AbortSignal.timeout(150))) seen.push(document)
  }
  await watching().catch((error: unknown) => {
    expect(isCutoverError(error)).toBe(true)
    expect(inspect(error)).not.toContain('TopSecret')
  })
  expect(seen).toEqual([])
}

const writes = ({ seen }: RawServer): readonly string[] =>
  seen.filter((route) => /^(POST|PUT|DELETE) .*\/cs\/configs?(\/beta)?$/.test(route))

describe.each(lines)('a Nacos %s that answers', (line) => {
  it.each(misbehavioursOf(line))('%s is not believed, and nothing is written', async (_, misbehave) => {
    const { server, center } = await bench(line, misbehave)
    const began = performance.now()
    await Promise.all([
      ...Object.entries(calls).map(([name, call]) => expectClearError(name, call(center))),
      expectNothingSeen(center),
      expect(center.awaitVisible(ref, 'm', AbortSignal.timeout(150))).rejects.toThrow(),
    ])
    expect(performance.now() - began).toBeLessThan(20_000)
    expect(inspect(await center.health(limit()))).not.toContain('TopSecret')
    expect(writes(server)).toEqual([])
  })

  it.each(floods)('%s is broken off', async (_, misbehave) => {
    const { server, center } = await bench(line, misbehave)
    const rssBefore = process.memoryUsage.rss()
    for (const name of ['get', 'history', 'gray'])
      await expectClearError(name, calls[name]?.(center) ?? Promise.resolve())
    expect(await center.health(limit())).toMatchObject([{ healthy: false }])
    // What a system buffers between the two is its own affair.
    const mebibytes = server.sentBytes / 1024 / 1024
    expect(mebibytes).toBeLessThan(4 * 24)
    expect((process.memoryUsage.rss() - rssBefore) / 1024 / 1024).toBeLessThan(400)
  })

  it.each([301, 302, 303, 307, 308])(
    'a redirect (%i) is not followed, and its target sees nobody',
    async (status) => {
      const elsewhere = later(await startRawServer((_, socket) => socket.end(plain(200, 'true'))))
      const { server, center } = await bench(line, (socket) =>
        socket.end(plain(status, '', `location: ${elsewhere.url}/nacos/v1/cs/configs\r\n`)),
      )
      await Promise.all(Object.entries(calls).map(([name, call]) => expectClearError(name, call(center))))
      expect(await center.health(limit())).toMatchObject([{ healthy: false }])
      expect(elsewhere.connections).toBe(0)
      expect(writes(server)).toEqual([])
    },
  )

  it('its login with a redirect is not given the password a second time, elsewhere', async () => {
    const elsewhere = later(await startRawServer((_, socket) => socket.end(plain(200, 'true'))))
    const server = later(
      await startRawServer((route, socket) =>
        socket.end(
          route.endsWith('/login')
            ? plain(307, '', `location: ${elsewhere.url}/\r\n`)
            : (honest(line, route) ?? plain(404, '')),
        ),
      ),
    )
    const center = later(await openCenter(server.url, auth))
    await expect(center.get(ref, limit())).rejects.toMatchObject({ code: 'system.unauthenticated' })
    expect(elsewhere.connections).toBe(0)
  })
})

describe.each(lines)('a Nacos %s that reads well and answers a write with', (line) => {
  const row = { dataId: ref.dataId, content: 'a: 1', md5: 'm1', type: 'yaml', betaIps: '10.0.0.9' }
  const gray = { ...row, grayRule: '{"expr":"10.0.0.9"}' }
  const truth = (route: string): Buffer | undefined => {
    if (route === 'GET /v1/cs/configs') return undefined
    if (route === 'GET /v3/admin/cs/config') return plain(200, JSON.stringify({ code: 0, data: row }))
    if (route === 'GET /v3/admin/cs/config/beta') return plain(200, JSON.stringify({ code: 0, data: gray }))
    return undefined
  }

  async function readingBench(misbehave: Misbehaviour): Promise<Bench> {
    const server = later(
      await startRawServer((route, socket, request) => {
        const isGray = request.includes('beta=true')
        const v1 = isGray ? { code: 200, data: gray } : row
        const answer =
          honest(line, route) ??
          (route === 'GET /v1/cs/configs' ? plain(200, JSON.stringify(v1)) : truth(route))
        if (answer) socket.end(answer)
        else misbehave(socket)
      }),
    )
    return { server, center: later(await openCenter(server.url, auth)) }
  }

  it.each(misbehavioursOf(line))(
    '%s is not told that it was done, and is sent it once',
    async (_, misbehave) => {
      await Promise.all(
        ['put', 'putGray', 'stopGray'].map(async (name) => {
          const { server, center } = await readingBench(misbehave)
          await expectClearError(name, calls[name]?.(center) ?? Promise.resolve())
          expect(writes(server), name).toHaveLength(1)
        }),
      )
    },
  )
})
