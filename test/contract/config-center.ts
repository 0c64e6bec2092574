import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contentAfter } from '../../src/core/content-after.ts'
import type { ConfigCenter, DocumentRef, StoredDocument } from '../../src/core/ports/config-center.ts'

/** What a run of the suite gets: a center whose server keeps documents for the time of the run. */
export interface OpenedCenter extends AsyncDisposable {
  readonly center: ConfigCenter
  /** A second client of the same server and namespace: somebody else. */
  readonly other: ConfigCenter
  /** True: watchers of this server read again and again, so it does not list them as subscribers. */
  readonly watchersPoll?: boolean
  /** Length of the longest text this server stores, characters. Default: as long as the suite likes. */
  readonly longestText?: number
}

/**
 * The facts every adapter of the port must show, on an embedded server and on real ones alike.
 * It uses nothing but the port, and documents with names of its own.
 */
export function configCenterContract(name: string, open: () => Promise<OpenedCenter>): void {
  describe(`config center: ${name}`, () => {
    let opened: OpenedCenter
    let center: ConfigCenter
    let other: ConfigCenter
    const within = (ms = 20_000): AbortSignal => AbortSignal.timeout(ms)
    const fresh = (ending = 'yaml'): DocumentRef => ({
      group: 'DEFAULT_GROUP',
      dataId: `contract-${randomUUID().slice(0, 8)}.${ending}`,
    })
    const create = (ref: DocumentRef, content = 'a: 1\n'): Promise<StoredDocument> =>
      center.put(ref, content, { expect: 'absent' }, within())

    beforeAll(async () => {
      opened = await open()
      ;({ center, other } = opened)
    })
    afterAll(() => opened[Symbol.asyncDispose]())

    it('says which server it is', async () => {
      const capabilities = await center.capabilities(within())
      expect(capabilities.server).toMatch(/\S+ \d+\.\d+/)
      expect(capabilities.compareAndSet).toMatch(/^(full|update|none)$/)
    })

    it('says of each server whether it is ready', async () => {
      const servers = await center.health(within())
      expect(servers.length).toBeGreaterThan(0)
      expect(servers.map(({ healthy }) => healthy)).not.toContain(false)
    })

    it('tells the time', async () => {
      // The embedded server and the real ones of this machine share its clock.
      const now = await center.now(within())
      expect(Math.abs((now?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000)
    })

    it('a document that does not exist is null', async () => {
      expect(await center.get(fresh(), within())).toBeNull()
    })

    it('what was put is what is got, byte for byte', async () => {
      const texts = [
        'spring:\r\n  datasource: {url: "jdbc:mysql://h:1/o?a=b&c=d+e%20f"}\r\n',
        '\uFEFFkey=value without final newline',
        '系统升级中，请稍后再试 🚀\n\ttab\n\n  trailing blanks  \n',
        `{"long": "${'x'.repeat((opened.longestText ?? 100_000) - 12)}"}`,
      ]
      for (const content of texts) {
        const ref = fresh()
        const put = await create(ref, content)
        const got = await center.get(ref, within())
        expect(got?.content).toBe(content)
        expect(got?.etag).toBe(put.etag)
      }
    })

    it('another text has another etag, and the same text the same one', async () => {
      const ref = fresh()
      const first = await create(ref, 'a: 1')
      const second = await center.put(ref, 'a: 2', { expect: { etag: first.etag } }, within())
      const third = await center.put(ref, 'a: 1', { expect: { etag: second.etag } }, within())
      expect(second.etag).not.toBe(first.etag)
      expect(third.etag).toBe(first.etag)
    })

    it('a stale etag is refused and nothing is overwritten', async () => {
      const ref = fresh()
      const first = await create(ref, 'a: 1')
      await other.put(ref, 'a: theirs', { expect: { etag: first.etag } }, within())
      await expect(
        center.put(ref, 'a: ours', { expect: { etag: first.etag } }, within()),
      ).rejects.toMatchObject({ code: 'conflict' })
      expect((await center.get(ref, within()))?.content).toBe('a: theirs')
    })

    // Also where there is no compare-and-set: writers that look again before they publish keep each other out there.
    it('of several writers with the same etag exactly one wins', async () => {
      const ref = fresh()
      let { etag } = await create(ref, 'round: 0')
      for (let round = 1; round <= 5; round += 1) {
        const texts = [0, 1, 2, 3].map((writer) => `round: ${round} by ${writer}`)
        const results = await Promise.allSettled(
          texts.map((text, writer) =>
            (writer % 2 === 0 ? center : other).put(ref, text, { expect: { etag } }, within()),
          ),
        )
        const winners = texts.filter((_, writer) => results[writer]?.status === 'fulfilled')
        expect(winners).toHaveLength(1)
        const stored = await center.get(ref, within())
        expect(stored?.content).toBe(winners[0])
        etag = stored?.etag ?? ''
        for (const result of results) {
          if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'conflict' })
        }
      }
    })

    it('of several creators exactly one wins', async () => {
      for (let round = 0; round < 5; round += 1) {
        const ref = fresh()
        const texts = [0, 1, 2, 3].map((writer) => `by: ${writer}`)
        const results = await Promise.allSettled(
          texts.map((text, writer) =>
            (writer % 2 === 0 ? center : other).put(ref, text, { expect: 'absent' }, within()),
          ),
        )
        const winners = texts.filter((_, writer) => results[writer]?.status === 'fulfilled')
        expect(winners).toHaveLength(1)
        expect((await center.get(ref, within()))?.content).toBe(winners[0])
        for (const result of results) {
          if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'conflict' })
        }
      }
    })

    it('a document that must be absent is not overwritten when it is there', async () => {
      const ref = fresh()
      await other.put(ref, 'a: theirs', { expect: 'absent' }, within())
      await expect(create(ref, 'a: ours')).rejects.toMatchObject({ code: 'conflict' })
      expect((await center.get(ref, within()))?.content).toBe('a: theirs')
    })

    it('an etag of a document that is gone does not bring it back', async () => {
      const ref = fresh()
      const { etag } = await create(ref)
      await other.remove(ref, { expect: 'any' }, within())
      await expect(center.put(ref, 'a: 2', { expect: { etag } }, within())).rejects.toMatchObject({
        code: 'conflict',
      })
      expect(await center.get(ref, within())).toBeNull()
    })

    it('without a condition it creates and overwrites', async () => {
      const ref = fresh()
      await center.put(ref, 'a: 1', { expect: 'any' }, within())
      await center.put(ref, 'a: 2', { expect: 'any' }, within())
      expect((await center.get(ref, within()))?.content).toBe('a: 2')
    })

    it('type, description, application name and tags that are not given are kept', async () => {
      if (!(await center.capabilities(within())).metadata) return
      const ref = fresh('properties')
      const meta = { type: 'properties', description: 'made by hand', appName: 'orders', tags: 'one,two' }
      const first = await center.put(ref, 'a=1', { expect: 'absent', meta }, within())
      expect(first.meta).toMatchObject({ type: 'properties', description: 'made by hand' })
      const second = await center.put(ref, 'a=2', { expect: { etag: first.etag } }, within())
      expect(second.meta).toEqual(first.meta)
      const options = { expect: { etag: second.etag }, meta: { description: 'by the run' } }
      const third = await center.put(ref, 'a=3', options, within())
      expect(third.meta).toEqual({ ...first.meta, description: 'by the run' })
    })

    it('a new document has the type of its name', async () => {
      expect((await create(fresh('yaml'))).meta.type).toBe('yaml')
      expect((await create(fresh('properties'), 'a=1')).meta.type).toBe('properties')
      expect((await create(fresh('json'), '{}')).meta.type).toBe('json')
    })

    it('a removed document is gone, and removing it again is fine', async () => {
      const ref = fresh()
      const { etag } = await create(ref)
      await center.remove(ref, { expect: { etag } }, within())
      expect(await center.get(ref, within())).toBeNull()
      await center.remove(ref, { expect: 'any' }, within())
    })

    it('a document that was changed is not removed', async () => {
      const ref = fresh()
      const { etag } = await create(ref)
      await other.put(ref, 'a: theirs', { expect: { etag } }, within())
      await expect(center.remove(ref, { expect: { etag } }, within())).rejects.toMatchObject({
        code: 'conflict',
      })
      expect((await center.get(ref, within()))?.content).toBe('a: theirs')
    })

    it('an empty document is refused', async () => {
      await expect(create(fresh(), ' \n')).rejects.toMatchObject({ code: 'system.refused' })
    })

    it('documents of different groups are different', async () => {
      const ref = fresh()
      await create(ref, 'a: 1')
      const elsewhere = { ...ref, group: 'OTHER_GROUP' }
      if ((await center.capabilities(within())).groups === false) {
        await expect(center.get(elsewhere, within())).rejects.toMatchObject({ code: 'playbook.invalid' })
        await expect(center.put(elsewhere, 'a: 2', { expect: 'any' }, within())).rejects.toMatchObject({
          code: 'playbook.invalid',
        })
        return
      }
      expect(await center.get(elsewhere, within())).toBeNull()
    })

    it('becomes visible to ordinary clients', async () => {
      const ref = fresh()
      const { etag } = await create(ref)
      await center.awaitVisible(ref, etag, within())
    })

    it('a version that nobody published never becomes visible', async () => {
      const ref = fresh()
      await create(ref)
      const nobodys = createHash('md5').update(randomUUID()).digest('hex')
      await expect(center.awaitVisible(ref, nobodys, within(600))).rejects.toThrow()
    })

    it('history tells insert, update and delete, newest first', async () => {
      if (!(await center.capabilities(within())).history) return
      const ref = fresh()
      const began = Date.now()
      const first = await create(ref, 'a: 1')
      await center.put(ref, 'a: 2', { expect: { etag: first.etag } }, within())
      await center.remove(ref, { expect: 'any' }, within())
      const history = await center.history(ref, within())
      expect(history.map(({ operation }) => operation)).toEqual(['delete', 'update', 'insert'])
      const at = history[0]?.at ?? ''
      // A server's clock may count whole seconds, and another time zone would be hours away. '' is "nobody noted it".
      if (at !== '') expect(Math.abs(Date.parse(at) - began)).toBeLessThan(600_000)
    })

    it('every entry of the history keeps the text from before or after its change, and says which', async () => {
      if (!(await center.capabilities(within())).history) return
      const ref = fresh()
      const first = await create(ref, 'a: 1')
      await center.put(ref, 'a: 2', { expect: { etag: first.etag } }, within())
      await other.put(ref, 'a: 3', { expect: 'any' }, within())
      await center.remove(ref, { expect: 'any' }, within())
      const changes = [
        { operation: 'delete', before: 'a: 3', after: undefined },
        { operation: 'update', before: 'a: 2', after: 'a: 3' },
        { operation: 'update', before: 'a: 1', after: 'a: 2' },
        { operation: 'insert', before: undefined, after: 'a: 1' },
      ]
      const history = await center.history(ref, within())
      expect(history.map(({ operation }) => operation)).toEqual(changes.map(({ operation }) => operation))
      for (const [index, { id, keeps }] of history.entries()) {
        expect((await center.version(ref, id, within()))?.content).toBe(changes[index]?.[keeps])
      }
    })

    it('the text after any change is found, and is put back by compare-and-set', async () => {
      if (!(await center.capabilities(within())).history) return
      const ref = fresh()
      await create(ref, 'a: 1')
      await center.put(ref, 'a: 2', { expect: 'any' }, within())
      const { etag } = await center.put(ref, 'a: 3', { expect: 'any' }, within())
      const history = await center.history(ref, within())
      const texts = history.map(({ id }) => contentAfter(center, ref, id, within()))
      expect(await Promise.all(texts)).toEqual(['a: 3', 'a: 2', 'a: 1'])
      await center.put(ref, (await texts[2]) ?? '', { expect: { etag } }, within())
      expect((await center.get(ref, within()))?.content).toBe('a: 1')
      await center.remove(ref, { expect: 'any' }, within())
      const [removal] = await center.history(ref, within())
      expect(await contentAfter(center, ref, removal?.id ?? '', within())).toBeNull()
      expect(await contentAfter(center, ref, '999999999', within())).toBeUndefined()
    })

    it('a version that does not exist is null', async () => {
      if (!(await center.capabilities(within())).history) return
      const ref = fresh()
      await create(ref)
      expect(await center.version(ref, '999999999', within())).toBeNull()
    })

    it('a watcher sees the document, its changes and its removal, in order', async () => {
      const ref = fresh()
      const first = await create(ref, 'a: 1')
      await center.awaitVisible(ref, first.etag, within())
      const stop = new AbortController()
      const seen: (string | null)[] = []
      for await (const document of center.watch(ref, AbortSignal.any([stop.signal, within()]))) {
        seen.push(document?.content ?? null)
        if (seen.length === 1) await other.put(ref, 'a: 2', { expect: 'any' }, within())
        if (seen.length === 2) await other.remove(ref, { expect: 'any' }, within())
        if (seen.length === 3) stop.abort()
      }
      expect(seen).toEqual(['a: 1', 'a: 2', null])
    })

    it('a watcher of a missing document sees null, then its creation', async () => {
      const ref = fresh()
      const seen: (string | null)[] = []
      for await (const document of center.watch(ref, within())) {
        seen.push(document?.content ?? null)
        if (seen.length === 2) break
        await other.put(ref, 'a: new', { expect: 'absent' }, within())
      }
      expect(seen).toEqual([null, 'a: new'])
    })

    it('a waiting watcher ends at once when its signal fires', async () => {
      const ref = fresh()
      await create(ref)
      const stop = new AbortController()
      const seen: unknown[] = []
      const watching = (async () => {
        for await (const document of center.watch(ref, stop.signal)) seen.push(document)
      })()
      await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(1)
      const began = performance.now()
      stop.abort()
      await watching
      expect(performance.now() - began).toBeLessThan(1000)
    })

    it('lists the subscribers of a document with the version they hold', async () => {
      const { subscribers } = await center.capabilities(within())
      if (!subscribers || opened.watchersPoll === true) return
      const ref = fresh()
      const { etag } = await create(ref)
      await center.awaitVisible(ref, etag, within())
      const stop = new AbortController()
      const watching = (async () => {
        for await (const document of other.watch(ref, stop.signal)) void document
      })()
      await expect
        .poll(async () => (await center.subscribers(ref, within())).map((one) => one.etag), {
          timeout: 15_000,
        })
        .toContain(etag)
      stop.abort()
      await watching
    })

    it('gives chosen clients another version, and everybody the document again afterwards', async () => {
      const ref = fresh()
      await create(ref, 'a: 1')
      if (!(await center.capabilities(within())).gray) {
        await expect(center.gray(ref, within())).rejects.toMatchObject({ code: 'system.unsupported' })
        return
      }
      expect(await center.gray(ref, within())).toBeNull()
      const addresses = ['10.0.0.7', '10.0.0.8']
      const gray = await center.putGray(ref, 'a: 2', { expect: 'absent', addresses }, within())
      expect(await other.gray(ref, within())).toMatchObject({ content: 'a: 2', addresses, etag: gray.etag })
      expect((await center.get(ref, within()))?.content).toBe('a: 1')
      await expect(
        other.putGray(ref, 'a: 3', { expect: 'absent', addresses }, within()),
      ).rejects.toMatchObject({ code: 'conflict' })
      await center.stopGray(ref, { expect: { etag: gray.etag } }, within())
      expect(await other.gray(ref, within())).toBeNull()
      await center.stopGray(ref, { expect: 'any' }, within())
      expect((await center.get(ref, within()))?.content).toBe('a: 1')
    })

    it('changes the text and the clients of a gray version, and refuses a stale etag', async () => {
      if (!(await center.capabilities(within())).gray) return
      const ref = fresh()
      await create(ref, 'a: 1')
      const first = await center.putGray(ref, 'a: 2', { expect: 'any', addresses: ['10.0.0.7'] }, within())
      const expecting = { expect: { etag: first.etag }, addresses: ['10.0.0.7', '::1'] }
      const second = await other.putGray(ref, 'a: 3', expecting, within())
      expect(await center.gray(ref, within())).toEqual(second)
      expect(second).toMatchObject({ content: 'a: 3', addresses: expecting.addresses })
      await expect(center.putGray(ref, 'a: 4', expecting, within())).rejects.toMatchObject({
        code: 'conflict',
      })
      await expect(center.stopGray(ref, expecting, within())).rejects.toMatchObject({ code: 'conflict' })
      const same = { expect: { etag: second.etag }, addresses: ['10.0.0.9'] }
      await center.putGray(ref, 'a: 3', same, within())
      expect(await other.gray(ref, within())).toMatchObject({ content: 'a: 3', addresses: ['10.0.0.9'] })
    })

    it('publishing the document leaves its gray version alone, and the history tells of the document only', async () => {
      const { gray, history } = await center.capabilities(within())
      if (!gray) return
      const ref = fresh()
      const { etag } = await create(ref, 'a: 1')
      const addresses = ['10.0.0.7']
      await center.putGray(ref, 'g: 1', { expect: 'absent', addresses }, within())
      await center.put(ref, 'a: 2', { expect: { etag } }, within())
      await center.putGray(ref, 'g: 2', { expect: 'any', addresses }, within())
      expect((await center.gray(ref, within()))?.content).toBe('g: 2')
      expect((await center.get(ref, within()))?.content).toBe('a: 2')
      await center.stopGray(ref, { expect: 'any' }, within())
      if (!history) return
      const versions = await center.history(ref, within())
      expect(versions.map(({ operation }) => operation)).toEqual(['update', 'insert'])
      const texts = versions.map(({ id }) => contentAfter(center, ref, id, within()))
      expect(await Promise.all(texts)).toEqual(['a: 2', 'a: 1'])
    })

    it('of several creators of a gray version exactly one wins', async () => {
      if (!(await center.capabilities(within())).gray) return
      const ref = fresh()
      await create(ref, 'a: 1')
      const addresses = ['10.0.0.7']
      const texts = [0, 1, 2, 3].map((writer) => `by: ${writer}`)
      const results = await Promise.allSettled(
        texts.map((text, writer) =>
          (writer % 2 === 0 ? center : other).putGray(ref, text, { expect: 'absent', addresses }, within()),
        ),
      )
      const winners = texts.filter((_, writer) => results[writer]?.status === 'fulfilled')
      expect(winners).toHaveLength(1)
      expect((await center.gray(ref, within()))?.content).toBe(winners[0])
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'conflict' })
      }
    })

    it('refuses a gray version without a document, for no client, and in place of a removal', async () => {
      if (!(await center.capabilities(within())).gray) return
      const ref = fresh()
      const refused = { code: 'system.refused' }
      const putGray = (addresses: readonly string[]) =>
        center.putGray(ref, 'a: 2', { expect: 'any', addresses }, within())
      await expect(putGray(['10.0.0.7'])).rejects.toMatchObject(refused)
      await create(ref, 'a: 1')
      await expect(putGray([])).rejects.toMatchObject(refused)
      await expect(putGray(['10.0.0.7', 'orders-1'])).rejects.toMatchObject(refused)
      expect(await center.gray(ref, within())).toBeNull()
      await putGray(['10.0.0.7'])
      await expect(center.remove(ref, { expect: 'any' }, within())).rejects.toMatchObject(refused)
      expect((await center.get(ref, within()))?.content).toBe('a: 1')
    })

    it('a call whose signal has fired rejects with its reason', async () => {
      const reason = new Error('stopped by the test')
      await expect(center.get(fresh(), AbortSignal.abort(reason))).rejects.toBe(reason)
    })
  })
}
