import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { watchDocument } from '../../src/config-centers/watch-document.ts'
import type { DocumentSighting } from '../../src/config-centers/watch-document.ts'
import type { Clock } from '../../src/core/ports/clock.ts'
import type { ConfigCenter, DocumentRef } from '../../src/core/ports/config-center.ts'
import { Secret } from '../../src/core/secret.ts'
import { systemClock } from '../../src/core/system-clock.ts'
import type { RunningEtcd } from '../../src/lab/center/real/running-etcd.ts'
import { killDuringPut } from '../centers/etcd-killed-during-put.ts'
import { kit, openEtcd, startMeddler, startRealEtcd, watchThrough } from '../contract/etcd-bench.ts'
import type { Fate, Meddler } from '../contract/etcd-bench.ts'

const within = (ms = 30_000): AbortSignal => AbortSignal.timeout(ms)
const fresh = (): DocumentRef => ({ group: 'DEFAULT_GROUP', dataId: `doc-${randomUUID().slice(0, 8)}.yaml` })
const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64')
const keyOf = ({ group, dataId }: DocumentRef): string => base64(`/config/${group}/${dataId}`)

/** Pauses take a tenth of their time; deadlines stay as they are, for machines that are busy. */
const impatientClock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms / 10, signal),
}
const poll = { timeout: 15_000 }

let server: RunningEtcd
let center: ConfigCenter
beforeAll(async () => {
  server = await startRealEtcd({ auth: kit })
  center = await openEtcd([server.url], kit)
})
afterAll(async () => {
  await center[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

describe('a user of etcd', () => {
  it('is refused with a wrong password, and the password is nowhere', async () => {
    await using wrong = await openEtcd([server.url], { ...kit, password: new Secret('kit', 'guessed-wrong') })
    const error = await wrong.get(fresh(), within()).catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'system.unauthenticated' })
    expect(JSON.stringify([error, String(error), (error as Error).stack])).not.toContain('guessed')
  })

  it('must be named where etcd asks for one', async () => {
    await using nobody = await openEtcd([server.url])
    await expect(nobody.get(fresh(), within())).rejects.toMatchObject({ code: 'system.unauthenticated' })
  })

  it('is told what it may not do outside its prefix', async () => {
    await using elsewhere = await openEtcd([server.url], kit, { prefix: '/elsewhere/' })
    await expect(elsewhere.get(fresh(), within())).rejects.toMatchObject({ code: 'system.forbidden' })
    await expect(elsewhere.put(fresh(), 'a: 1', { expect: 'any' }, within())).rejects.toMatchObject({
      code: 'system.forbidden',
    })
  })

  it('goes on after its login was forgotten by a restart, and after rights were changed', async () => {
    const ref = fresh()
    const { etag } = await center.put(ref, 'a: 1', { expect: 'absent' }, within())
    await server.kill()
    await server.start()
    const second = await center.put(ref, 'a: 2', { expect: { etag } }, within())
    await server.ask('/v3/auth/role/add', { name: `role-${randomUUID().slice(0, 8)}` })
    await center.put(ref, 'a: 3', { expect: { etag: second.etag } }, within())
    expect((await center.get(ref, within()))?.content).toBe('a: 3')
  })
})

describe('a service that may only read', () => {
  const reader = { username: 'service', password: 'service-service' }
  beforeAll(async () => {
    const [key, range_end] = [base64('/config/'), base64('/config0')]
    await server.ask('/v3/auth/role/add', { name: 'reading' })
    await server.ask('/v3/auth/role/grant', { name: 'reading', perm: { permType: 'READ', key, range_end } })
    await server.ask('/v3/auth/user/add', { name: reader.username, password: reader.password })
    await server.ask('/v3/auth/user/grant', { user: reader.username, role: 'reading' })
  })

  it('follows a document through a restart of etcd, and misses nothing', async () => {
    const ref = fresh()
    const { etag } = await center.put(ref, 'a: 1', { expect: 'absent' }, within())
    const stop = new AbortController()
    const seen: DocumentSighting[] = []
    const source = { kind: 'etcd', servers: [server.url], ...reader, ...ref } as const
    const watching = (async () => {
      for await (const sighting of watchDocument(source, stop.signal, impatientClock)) seen.push(sighting)
    })()
    await expect.poll(() => seen.at(-1), poll).toMatchObject({ state: 'current', content: 'a: 1', etag })
    await server.kill()
    await expect.poll(() => seen.at(-1), poll).toMatchObject({ state: 'stale' })
    await server.start()
    const second = await center.put(ref, 'a: 2', { expect: { etag } }, within())
    await expect.poll(() => seen.at(-1), poll).toMatchObject({ state: 'current', content: 'a: 2' })
    await center.remove(ref, { expect: { etag: second.etag } }, within())
    await expect.poll(() => seen.at(-1), poll).toMatchObject({ state: 'current', content: null })
    stop.abort()
    await watching
  })

  it('cannot write', async () => {
    const asService = { username: reader.username, password: new Secret('service', reader.password) }
    await using writing = await openEtcd([server.url], asService)
    const ref = fresh()
    await expect(writing.put(ref, 'a: 1', { expect: 'absent' }, within())).rejects.toMatchObject({
      code: 'system.forbidden',
    })
    expect(await center.get(ref, within())).toBeNull()
  })
})

describe('a document that people change by hand', () => {
  it('is seen by a watcher at once', async () => {
    const ref = fresh()
    await center.put(ref, 'a: 1', { expect: 'absent' }, within())
    const watching = watchThrough(center, ref)
    await expect.poll(() => watching.seen, poll).toEqual(['a: 1'])
    await server.ask('/v3/kv/put', { key: keyOf(ref), value: base64('a: by hand') })
    await expect.poll(() => watching.seen, poll).toEqual(['a: 1', 'a: by hand'])
    await watching.stop()
  })

  it('that is written again as it was keeps its etag, and may still be changed by who knows it', async () => {
    const ref = fresh()
    const { etag } = await center.put(ref, 'a: 1', { expect: 'absent' }, within())
    await server.ask('/v3/kv/put', { key: keyOf(ref), value: base64('a: 1') })
    await center.put(ref, 'a: 2', { expect: { etag } }, within())
    expect((await center.get(ref, within()))?.content).toBe('a: 2')
  })

  it('that is not text is refused, and left alone', async () => {
    const ref = fresh()
    const value = base64(Buffer.from([0x61, 0xff, 0xfe]))
    await server.ask('/v3/kv/put', { key: keyOf(ref), value })
    await expect(center.get(ref, within())).rejects.toMatchObject({ code: 'system.refused' })
    await expect(center.put(ref, 'a: 1', { expect: 'any' }, within())).rejects.toMatchObject({
      code: 'system.refused',
    })
    expect(await server.ask('/v3/kv/range', { key: keyOf(ref) })).toMatchObject({ kvs: [{ value }] })
  })

  it('that is blank is there, and not absent', async () => {
    const ref = fresh()
    await server.ask('/v3/kv/put', { key: keyOf(ref) })
    expect((await center.get(ref, within()))?.content).toBe('')
    await expect(center.put(ref, 'a: 1', { expect: 'absent' }, within())).rejects.toMatchObject({
      code: 'conflict',
    })
  })

  it('keeps the lease it was given', async () => {
    const ref = fresh()
    const { ID } = (await server.ask('/v3/lease/grant', { TTL: '600' })) as { ID: string }
    await server.ask('/v3/kv/put', { key: keyOf(ref), value: base64('a: 1'), lease: ID })
    await center.put(ref, 'a: 2', { expect: 'any' }, within())
    expect(await server.ask('/v3/kv/range', { key: keyOf(ref) })).toMatchObject({ kvs: [{ lease: ID }] })
  })

  it('is one of its own group: a slash in the group is refused', async () => {
    const ref = { group: 'a/b', dataId: 'c.yaml' }
    await expect(center.get(ref, within())).rejects.toMatchObject({ code: 'usage' })
  })
})

describe('a removal that races with a change', () => {
  it('loses or wins, and never takes away what was not seen', async () => {
    await using other = await openEtcd([server.url], kit)
    for (let round = 0; round < 10; round += 1) {
      const ref = fresh()
      const { etag } = await center.put(ref, 'a: 1', { expect: 'absent' }, within())
      const [removed, changed] = await Promise.allSettled([
        center.remove(ref, { expect: { etag } }, within()),
        other.put(ref, 'a: 2', { expect: { etag } }, within()),
      ])
      const found = await center.get(ref, within())
      expect([removed.status, changed.status].filter((status) => status === 'fulfilled')).toHaveLength(1)
      expect(found?.content).toBe(changed.status === 'fulfilled' ? 'a: 2' : undefined)
    }
  })
})

describe('the history of a document', () => {
  const operations = async (ref: DocumentRef): Promise<readonly string[]> =>
    (await center.history(ref, within())).map(({ operation }) => operation)

  it('goes over removals, and back to what outlived a compaction', async () => {
    const ref = fresh()
    await center.put(ref, 'a: 1', { expect: 'absent' }, within())
    await center.remove(ref, { expect: 'any' }, within())
    await center.put(ref, 'a: 2', { expect: 'absent' }, within())
    await center.put(ref, 'a: 3', { expect: 'any' }, within())
    const before = await center.history(ref, within())
    expect(before.map(({ operation }) => operation)).toEqual(['update', 'insert', 'delete', 'insert'])
    await center.put(fresh(), 'b: 1', { expect: 'absent' }, within())
    const now = (await server.ask('/v3/kv/range', { key: keyOf(ref) })) as { header: { revision: string } }
    await server.ask('/v3/kv/compaction', { revision: now.header.revision, physical: true })
    await center.put(ref, 'a: 4', { expect: 'any' }, within())
    const after = await center.history(ref, within())
    expect(after.map(({ operation }) => operation)).toEqual(['update', 'update'])
    expect(after[1]?.id).toBe(before[0]?.id)
    const contents = after.map(async ({ id }) => (await center.version(ref, id, within()))?.content)
    expect(await Promise.all(contents)).toEqual(['a: 4', 'a: 3'])
    expect(await center.version(ref, before[1]?.id ?? '', within())).toBeNull()
  })

  it('of a document that never was is empty', async () => {
    expect(await operations(fresh())).toEqual([])
  })

  it('names nothing for an id of another kind of center', async () => {
    const ref = fresh()
    await center.put(ref, 'a: 1', { expect: 'absent' }, within())
    for (const id of ['', '0', '-1', 'abc', '1e3', '9'.repeat(30)]) {
      expect(await center.version(ref, id, within())).toBeNull()
    }
  })
})

const txn = '/v3/kv/txn'

describe('somebody who is quicker', () => {
  /** Writes by hand right before, or right after, the first transaction that passes. */
  function writeBeside(when: 'before' | 'after', ref: DocumentRef, text: string): Promise<Meddler> {
    let state: 'waiting' | 'passed' | 'over' = 'waiting'
    return startMeddler(server.url, async (path): Promise<Fate> => {
      const isNow = when === 'before' ? path === txn && state === 'waiting' : state === 'passed'
      if (path === txn && state === 'waiting') state = 'passed'
      if (isNow) {
        state = 'over'
        await server.ask('/v3/kv/put', { key: keyOf(ref), value: base64(text) })
      }
      return 'serve'
    })
  }

  it('and writes the same text once more stops nobody', async () => {
    const ref = fresh()
    const { etag } = await center.put(ref, 'a: 1', { expect: 'absent' }, within())
    await using meddler = await writeBeside('before', ref, 'a: 1')
    await using meddled = await openEtcd([meddler.url], kit)
    await meddled.put(ref, 'a: 2', { expect: { etag } }, within())
    expect(meddler.count(txn)).toBe(2)
    expect((await center.get(ref, within()))?.content).toBe('a: 2')
  })

  it('and writes another text is not overwritten, and not removed', async () => {
    const ref = fresh()
    const { etag } = await center.put(ref, 'a: 1', { expect: 'absent' }, within())
    await using meddler = await writeBeside('before', ref, 'a: theirs')
    await using meddled = await openEtcd([meddler.url], kit)
    await expect(meddled.remove(ref, { expect: { etag } }, within())).rejects.toMatchObject({
      code: 'conflict',
    })
    await expect(meddled.put(ref, 'a: 2', { expect: { etag } }, within())).rejects.toMatchObject({
      code: 'conflict',
    })
    expect((await center.get(ref, within()))?.content).toBe('a: theirs')
  })

  it('and replaces a text before it is read back does not turn what was done into a failure', async () => {
    const ref = fresh()
    await using meddler = await writeBeside('after', ref, 'a: theirs')
    await using meddled = await openEtcd([meddler.url], kit)
    expect(await meddled.put(ref, 'a: 1', { expect: 'absent' }, within())).toMatchObject({ content: 'a: 1' })
    expect((await center.get(ref, within()))?.content).toBe('a: theirs')
  })
})

describe('an etcd of which answers are lost', () => {
  it.each([
    ['the connection breaks', 'lose-answer'],
    ['a proxy answers with a page of its own', { status: 502, body: '<html>Bad Gateway</html>' }],
    ['a proxy says that it is fine', { status: 200, body: '<html>OK</html>' }],
    ['the answer has no content', { status: 200, body: '{}' }],
    ['etcd says that it took too long', { status: 503, body: '{"message":"request timed out","code":14}' }],
  ] as const)('%s: what was done is found by reading, and nothing is sent twice', async (_, fate) => {
    await using meddler = await startMeddler(server.url, (path) => (path === txn ? fate : 'serve'))
    await using meddled = await openEtcd([meddler.url], kit, {}, impatientClock)
    const ref = fresh()
    const stored = await meddled.put(ref, 'a: 1', { expect: 'absent' }, within())
    expect(stored.content).toBe('a: 1')
    expect(meddler.count(txn)).toBe(1)
    await meddled.remove(ref, { expect: { etag: stored.etag } }, within())
    expect(meddler.count(txn)).toBe(2)
    expect(await center.get(ref, within())).toBeNull()
  })

  it('a request that never arrived is told as not done, and is sent once', async () => {
    await using meddler = await startMeddler(server.url, (path) => (path === txn ? 'lose-request' : 'serve'))
    await using meddled = await openEtcd([meddler.url], kit, {}, impatientClock)
    const ref = fresh()
    await expect(meddled.put(ref, 'a: 1', { expect: 'absent' }, within())).rejects.toMatchObject({
      code: 'system.unreachable',
    })
    expect(meddler.count(txn)).toBe(1)
    expect(await center.get(ref, within())).toBeNull()
  })

  it('what can neither be heard nor read is told as unknown', async () => {
    let down = false
    const fateOf = (path: string): 'serve' | 'lose-answer' | 'lose-request' => {
      if (path !== txn) return down ? 'lose-request' : 'serve'
      down = true
      return 'lose-answer'
    }
    await using meddler = await startMeddler(server.url, fateOf)
    await using meddled = await openEtcd([meddler.url], kit, {}, impatientClock)
    const ref = fresh()
    await expect(meddled.put(ref, 'a: 1', { expect: 'absent' }, within())).rejects.toMatchObject({
      code: 'system.ambiguous',
    })
    expect((await center.get(ref, within()))?.content).toBe('a: 1')
  })

  it('a watch that is held back becomes reading in short intervals', async () => {
    await using meddler = await startMeddler(server.url, (path) =>
      path === '/v3/watch' ? 'lose-request' : 'serve',
    )
    await using meddled = await openEtcd([meddler.url], kit, {}, impatientClock)
    const ref = fresh()
    const watching = watchThrough(meddled, ref)
    await expect.poll(() => watching.seen, poll).toEqual([null])
    await center.put(ref, 'a: 1', { expect: 'absent' }, within())
    await expect.poll(() => watching.seen, poll).toEqual([null, 'a: 1'])
    await watching.stop()
  })
})

describe('an etcd with several addresses', () => {
  it('is reached through the one that answers, and says which does not', async () => {
    const dead = 'http://127.0.0.1:9'
    await using both = await openEtcd([dead, server.url], kit)
    const ref = fresh()
    await both.put(ref, 'a: 1', { expect: 'absent' }, within())
    expect((await both.get(ref, within()))?.content).toBe('a: 1')
    const health = await both.health(within())
    expect(health.map(({ healthy }) => healthy)).toEqual([false, true])
    await expect(
      both.awaitVisible(ref, (await both.get(ref, within()))?.etag ?? '', within(300)),
    ).rejects.toThrow()
  })
})

describe('an etcd that is killed during put', () => {
  it('what was said of each put is true afterwards', async () => {
    for (let round = 0; round < 3; round += 1) await killDuringPut(server, center)
  })
})
