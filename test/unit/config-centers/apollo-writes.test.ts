import { afterEach, describe, expect, it } from 'vitest'
import type { ApolloServerOptions } from '../../../src/lab/center/apollo/start-apollo-server.ts'
import { items, openApolloBench, openCenterOn, ref } from './apollo-bench.ts'
import type { ApolloBench } from './apollo-bench.ts'
import { errorOf, soon } from './nacos-bench.ts'

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

const old = 'password: TopSecret-1\n'
const wanted = 'password: TopSecret-2\n'
const theirs = 'password: TopSecret-3\n'
const isWrite = (method: string): boolean => method !== 'GET'

/** A namespace with a file that is released, and what was asked of the portal for that forgotten. */
async function withFile(options: ApolloServerOptions = {}) {
  const made = await bench(options)
  made.server.store.create('orders.yaml', 'yaml')
  made.server.store.setItem('orders.yaml', { key: 'content', value: old, comment: 'the file' }, 'wang')
  const first = made.server.store.release(
    'orders.yaml',
    'first',
    made.server.store.namespace('orders.yaml').lockedBy === 'wang' ? 'apollo' : 'wang',
  )
  const stored = await made.center.get(ref, soon())
  const edited = (): string | undefined => made.server.store.namespace('orders.yaml').items[0]?.value
  const released = (): string | undefined => made.server.store.latest('orders.yaml')?.configurations.content
  return { ...made, first, etag: stored?.etag ?? '', edited, released }
}

describe('a file in Apollo', () => {
  it('is edited and released, once each, and comment and type stay', async () => {
    const { center, server, etag, writes, released } = await withFile()
    const put = await center.put(ref, wanted, { expect: { etag } }, soon())
    expect(put.content).toBe(wanted)
    expect(released()).toBe(wanted)
    expect(writes()).toEqual(['PUT content', 'POST releases'])
    expect(server.store.namespace('orders.yaml').items[0]).toMatchObject({ comment: 'the file', type: 0 })
  })

  it('that is to become what it is gets no new release', async () => {
    const { center, etag, writes } = await withFile()
    expect((await center.put(ref, old, { expect: { etag } }, soon())).etag).toBe(etag)
    expect(writes()).toEqual([])
  })

  it('with edits of somebody else that nobody released is refused before anything changes, by key', async () => {
    const { center, server, etag, writes, edited } = await withFile()
    server.store.setItem('orders.yaml', { key: 'content', value: theirs }, 'wang')
    const error = await errorOf(center.put(ref, wanted, { expect: { etag } }, soon()))
    expect(error.code).toBe('conflict')
    expect(error.message).toContain('not released: content (by wang); nothing was changed')
    expect(writes()).toEqual([])
    expect(edited()).toBe(theirs)
  })

  it('that somebody rolled back is refused: its items are still the later ones', async () => {
    const { center, server, etag, writes } = await withFile()
    server.store.setItem('orders.yaml', { key: 'content', value: theirs }, 'wang')
    server.store.rollback(server.store.release('orders.yaml', 'theirs', 'wang').id)
    expect((await center.get(ref, soon()))?.content).toBe(old)
    const error = await errorOf(center.put(ref, wanted, { expect: { etag } }, soon()))
    expect(error.code).toBe('conflict')
    expect(error.hint).toContain('rollback')
    expect(writes()).toEqual([])
  })

  it('whose release of ours somebody rolled back can be written again', async () => {
    const { center, server, etag, released } = await withFile()
    await center.put(ref, wanted, { expect: { etag } }, soon())
    server.store.rollback(server.store.latest('orders.yaml')?.id ?? 0)
    expect((await center.get(ref, soon()))?.etag).toBe(etag)
    await center.put(ref, wanted, { expect: { etag } }, soon())
    expect(released()).toBe(wanted)
  })

  it('with a gray release is refused: some clients would not get the new text', async () => {
    const { center, server, etag, writes } = await withFile()
    server.store.namespace('orders.yaml').branch = '20261122-gray'
    const error = await errorOf(center.put(ref, wanted, { expect: { etag } }, soon()))
    expect(error.message).toContain('gray release')
    expect(writes()).toEqual([])
  })

  it('that somebody else holds is refused before anything changes, by name', async () => {
    const { center, server, etag, writes } = await withFile()
    server.store.namespace('orders.yaml').lockedBy = 'wang'
    const error = await errorOf(center.put(ref, wanted, { expect: { etag } }, soon()))
    expect(error.code).toBe('conflict')
    expect(error.message).toContain('being edited by wang')
    expect(writes()).toEqual([])
  })

  it('that another user must release is as it was afterwards, edit and lock taken back', async () => {
    const { center, server, etag, edited, released } = await withFile({ lockSwitch: true })
    const error = await errorOf(center.put(ref, wanted, { expect: { etag } }, soon()))
    expect(error.code).toBe('system.unsupported')
    expect(error.hint).toContain('namespace.lock.switch')
    expect([edited(), released()]).toEqual([old, old])
    expect(server.store.namespace('orders.yaml').lockedBy).toBeUndefined()
  })

  it('whose new text is too long for Apollo is as it was', async () => {
    const { center, etag, edited, writes } = await withFile()
    const error = await errorOf(center.put(ref, 'x'.repeat(20_001), { expect: { etag } }, soon()))
    expect(error).toMatchObject({
      code: 'system.refused',
      hint: expect.stringContaining('too long') as string,
    })
    expect(edited()).toBe(old)
    expect(writes()).toEqual(['PUT content'])
  })

  it('that is removed has no item any more, and its namespace stays', async () => {
    const { center, server, etag } = await withFile()
    await center.remove(ref, { expect: { etag } }, soon())
    expect(await center.get(ref, soon())).toBeNull()
    expect(server.store.namespace('orders.yaml').items).toEqual([])
  })
})

describe('a run that died in Apollo', () => {
  it('between edit and release is finished by the next put of the same text', async () => {
    const { center, server, etag, writes, released } = await withFile()
    server.store.setItem('orders.yaml', { key: 'content', value: wanted }, 'apollo')
    await center.put(ref, wanted, { expect: { etag } }, soon())
    expect(released()).toBe(wanted)
    expect(writes()).toEqual(['POST releases'])
  })

  it('between edit and release is undone by a put of what is released', async () => {
    const { center, server, etag, edited, writes } = await withFile()
    server.store.setItem('orders.yaml', { key: 'content', value: wanted }, 'apollo')
    await center.put(ref, old, { expect: { etag } }, soon())
    expect(edited()).toBe(old)
    expect(writes()).toEqual(['PUT content'])
  })

  it('between edit and release does not keep the next put from another text', async () => {
    const { center, server, etag, released } = await withFile()
    server.store.setItem('orders.yaml', { key: 'content', value: wanted }, 'apollo')
    await center.put(ref, 'password: TopSecret-4\n', { expect: { etag } }, soon())
    expect(released()).toBe('password: TopSecret-4\n')
  })

  it('does not have the edit of somebody else undone for it', async () => {
    const { center, server, etag, edited } = await withFile()
    server.store.setItem('orders.yaml', { key: 'content', value: theirs }, 'wang')
    expect((await errorOf(center.put(ref, old, { expect: { etag } }, soon()))).code).toBe('conflict')
    expect(edited()).toBe(theirs)
  })

  it('before its first release leaves an edit that a removal takes away', async () => {
    const { center, server } = await bench()
    server.store.create('orders.yaml', 'yaml')
    server.store.setItem('orders.yaml', { key: 'content', value: wanted }, 'apollo')
    expect(await center.get(ref, soon())).toBeNull()
    await center.remove(ref, { expect: 'any' }, soon())
    expect(server.store.namespace('orders.yaml').items).toEqual([])
    expect(server.store.latest('orders.yaml')).toBeUndefined()
  })

  it('before the first release of somebody else leaves that alone', async () => {
    const { center, server, writes } = await bench()
    server.store.create('orders.yaml', 'yaml')
    server.store.setItem('orders.yaml', { key: 'content', value: theirs }, 'wang')
    await center.remove(ref, { expect: 'any' }, soon())
    expect(writes()).toEqual([])
  })
})

describe('an answer of the portal that is lost', () => {
  it('after the edit is settled by reading, and nothing is sent twice', async () => {
    const { center, server, etag, writes, released } = await withFile()
    server.setPortalFault(({ method }) => (method === 'PUT' ? 'lose-answer' : 'serve'))
    await center.put(ref, wanted, { expect: { etag } }, soon())
    expect(released()).toBe(wanted)
    expect(writes()).toEqual(['PUT content', 'POST releases'])
  })

  it.each(['lose-request', 'hang'] as const)('with the edit changes nothing: %s', async (fate) => {
    const { center, server, etag, edited, writes } = await withFile()
    server.setPortalFault(({ method }) => (method === 'PUT' ? fate : 'serve'))
    const error = await errorOf(center.put(ref, wanted, { expect: { etag } }, soon()))
    expect(error.code).toBe('system.unreachable')
    expect(error.message).toContain('the document is as it was')
    expect(edited()).toBe(old)
    expect(writes()).toEqual(['PUT content'])
  })

  it.each(['lose-answer', 'keep-answer'] as const)(
    'after the release is settled by reading: %s',
    async (fate) => {
      const { center, server, etag, writes } = await withFile()
      server.setPortalFault(({ method }) => (method === 'POST' ? fate : 'serve'))
      expect((await center.put(ref, wanted, { expect: { etag } }, soon())).content).toBe(wanted)
      expect(writes()).toEqual(['PUT content', 'POST releases'])
    },
  )

  it('with the release is told as not known, and the next put of the same text releases the edit', async () => {
    const { center, server, etag, writes, released } = await withFile()
    server.setPortalFault(({ method }) => (method === 'POST' ? 'lose-request' : 'serve'))
    const error = await errorOf(center.put(ref, wanted, { expect: { etag } }, soon()))
    expect(error.code).toBe('system.ambiguous')
    expect(error.message).toContain('is edited (content) and not released so far')
    expect(released()).toBe(old)
    server.setPortalFault(undefined)
    await center.put(ref, wanted, { expect: { etag } }, soon())
    expect(released()).toBe(wanted)
    expect(writes()).toEqual(['PUT content', 'POST releases', 'POST releases'])
  })

  it('for good after the edit is told as not known', async () => {
    const { center, server, etag } = await withFile()
    let isDown = false
    server.setPortalFault(({ method }) => {
      if (isDown) return 'lose-request'
      isDown = isWrite(method)
      return 'serve'
    })
    const error = await errorOf(center.put(ref, wanted, { expect: { etag } }, soon()))
    expect(error.code).toBe('system.ambiguous')
    expect(error.message).toContain('is edited (content) and not released by this run')
  })

  it('because the portal is down is an error that names it, and changes nothing', async () => {
    const { center, server, etag } = await withFile()
    await server.setPortalDown(true)
    expect((await errorOf(center.get(ref, soon()))).code).toBe('system.unreachable')
    const error = await errorOf(center.put(ref, wanted, { expect: { etag } }, soon()))
    expect(error.message).toContain(server.portal)
    await server.setPortalDown(false)
    expect((await center.get(ref, soon()))?.content).toBe(old)
  })
})

describe('somebody else who edits Apollo in the same moment', () => {
  /** Lets somebody act when the nth write arrives, before it is served. */
  const atWrite = (made: ApolloBench, nth: number, act: () => void): void => {
    let count = 0
    made.server.setPortalFault(({ method }) => {
      if (isWrite(method) && (count += 1) === nth) act()
      return 'serve'
    })
  }

  it('and releases before our edit loses nothing: our edit is taken back', async () => {
    const made = await withFile()
    const { store } = made.server
    atWrite(made, 1, () => {
      store.setItem('orders.yaml', { key: 'content', value: theirs }, 'wang')
      store.release('orders.yaml', 'theirs', 'wang')
    })
    const error = await errorOf(made.center.put(ref, wanted, { expect: { etag: made.etag } }, soon()))
    expect(error.code).toBe('conflict')
    expect([made.edited(), made.released()]).toEqual([theirs, theirs])
  })

  it('and edits before we look again keeps us from releasing it', async () => {
    const made = await withFile()
    let edits = 0
    made.server.setPortalFault(({ method }) => {
      if (method === 'GET' && edits === 1)
        made.server.store.setItem('orders.yaml', { key: 'other', value: theirs }, 'wang')
      if (isWrite(method) || edits > 0) edits += 1
      return 'serve'
    })
    const error = await errorOf(made.center.put(ref, wanted, { expect: { etag: made.etag } }, soon()))
    expect(error.code).toBe('conflict')
    expect(error.message).toContain('somebody else edited other')
    expect([made.edited(), made.released()]).toEqual([old, old])
    expect(made.writes()).toEqual(['PUT content', 'PUT content'])
  })

  it('and edits between our edit and our release has it released with ours, and we say so', async () => {
    const made = await withFile()
    const { store } = made.server
    atWrite(made, 2, () => store.setItem('orders.yaml', { key: 'other', value: theirs }, 'wang'))
    const error = await errorOf(made.center.put(ref, wanted, { expect: { etag: made.etag } }, soon()))
    expect(error.code).toBe('conflict')
    expect(error.message).toContain('what somebody else edited in the same moment: other')
  })

  it('and releases after we have looked for the last time is found in the list of releases', async () => {
    const made = await withFile({ line: '3.0' })
    const { store } = made.server
    atWrite(made, 2, () => {
      store.setItem('orders.yaml', { key: 'content', value: theirs }, 'wang')
      store.release('orders.yaml', 'theirs', 'wang')
      // A release that reads its items before our edit and is seen after it.
      store.setItem('orders.yaml', { key: 'content', value: wanted }, 'apollo')
    })
    const error = await errorOf(made.center.put(ref, wanted, { expect: { etag: made.etag } }, soon()))
    expect(error.code).toBe('conflict')
    expect(error.message).toMatch(/release 2 by wang that came in between is overwritten/)
  })

  it('with the kit, too, does not win as well, whatever the order', async () => {
    for (let round = 0; round < 10; round += 1) {
      const made = await withFile()
      const other = await openCenterOn(made.server)
      opened.push(other)
      const texts = [wanted, theirs]
      const results = await Promise.allSettled(
        [made.center, other].map((each, index) =>
          each.put(ref, texts[index] ?? '', { expect: { etag: made.etag } }, soon()),
        ),
      )
      const winners = texts.filter((_, index) => results[index]?.status === 'fulfilled')
      expect(winners).toHaveLength(1)
      expect(made.released()).toBe(winners[0])
      expect(made.edited()).toBe(winners[0])
    }
  })
})

describe('a namespace of items in Apollo', () => {
  async function withItems(options: ApolloServerOptions = {}) {
    const made = await bench(options)
    const { store } = made.server
    store.setItem('application', { key: '', value: '', comment: 'the database' }, 'wang')
    store.setItem('application', { key: 'spring.datasource.url', value: 'jdbc:mysql://old/o?a=b' }, 'wang')
    store.setItem('application', { key: 'a b', value: ' 系统\n', comment: 'kept' }, 'wang')
    store.setItem('application', { key: 'spring.datasource.password', value: 'TopSecret-1' }, 'wang')
    store.release('application', 'first', 'wang')
    const stored = await made.center.get(items, soon())
    return { ...made, store, stored, etag: stored?.etag ?? '' }
  }

  it('is one line for each item of the release, in order, comments left out', async () => {
    const { stored } = await withItems()
    expect(stored).toMatchObject({
      content:
        'spring.datasource.url=jdbc:mysql://old/o?a=b\na\\ b=\\ \\u7CFB\\u7EDF\\u000A\nspring.datasource.password=TopSecret-1',
      meta: { type: 'properties' },
    })
  })

  it('is edited by its text: only what differs is set, comments and order stay, one release', async () => {
    const { center, store, stored, etag, writes } = await withItems()
    const text = (stored?.content ?? '').replace('//old/', '//new/').replace('Secret-1', 'Secret-2')
    const put = await center.put(items, text, { expect: { etag } }, soon())
    expect(put.content).toBe(text)
    expect(writes()).toEqual(['PUT spring.datasource.url', 'PUT spring.datasource.password', 'POST releases'])
    expect(store.namespace('application').items.map(({ key, comment }) => [key, comment])).toEqual([
      ['', 'the database'],
      ['spring.datasource.url', ''],
      ['a b', 'kept'],
      ['spring.datasource.password', ''],
    ])
  })

  it('keeps items that the new text lacks: such a text is refused by their keys', async () => {
    const { center, etag, writes } = await withItems()
    const error = await errorOf(center.put(items, 'spring.datasource.url=x', { expect: { etag } }, soon()))
    expect(error.message).toContain('lacks a b, spring.datasource.password')
    expect(writes()).toEqual([])
  })

  it.each([
    ['a comment', (text: string) => `# why\n${text}`],
    ['a blank line', (text: string) => `${text}\n`],
    ['a key twice', (text: string) => `${text}\nspring.datasource.url=y`],
  ])('refuses a text that items cannot give back: %s', async (_, change) => {
    const { center, stored, etag, writes } = await withItems()
    const error = await errorOf(
      center.put(items, change(stored?.content ?? ''), { expect: { etag } }, soon()),
    )
    expect(error.code).toBe('system.refused')
    expect(writes()).toEqual([])
  })

  it('sets keys that cannot stand in a path', async () => {
    const { center, store, stored, etag } = await withItems()
    const text = (stored?.content ?? '').replace('u7CFB', 'u7CFC')
    await center.put(items, text, { expect: { etag } }, soon())
    expect(store.latest('application')?.configurations['a b']).toBe(' 糼统\n')
  })

  it('whose second item is refused has its first one taken back', async () => {
    const { center, server, store, stored, etag } = await withItems()
    const text = (stored?.content ?? '').replace('//old/', '//new/').replace('Secret-1', 'Secret-2')
    server.setPortalFault(({ method, path }) => {
      return method === 'PUT' && path.endsWith('password') ? 'lose-request' : 'serve'
    })
    const error = await errorOf(center.put(items, text, { expect: { etag } }, soon()))
    expect(error.message).toContain('the document is as it was')
    const values = store.namespace('application').items.map(({ value }) => value)
    expect(values).toEqual(['', 'jdbc:mysql://old/o?a=b', ' 系统\n', 'TopSecret-1'])
  })

  it('of which a run that died edited one item is finished by the next', async () => {
    const { center, store, stored, etag, writes } = await withItems()
    store.setItem('application', { key: 'spring.datasource.url', value: 'jdbc:mysql://new/o?a=b' }, 'apollo')
    const text = (stored?.content ?? '').replace('//old/', '//new/').replace('Secret-1', 'Secret-2')
    await center.put(items, text, { expect: { etag } }, soon())
    expect(writes()).toEqual(['PUT spring.datasource.password', 'POST releases'])
  })

  it('that has a key twice is refused: Apollo itself does not know which one is meant', async () => {
    const { center, store, etag } = await withItems()
    const [, url] = store.namespace('application').items
    if (url) store.namespace('application').items.push({ ...url, value: 'TopSecret-4' })
    const error = await errorOf(center.put(items, 'a=1', { expect: 'any' }, soon()).then(() => etag))
    expect(error.code).toBe('system.refused')
  })
})

describe('a credential of Apollo', () => {
  it('that is not known is told as that, its value is not', async () => {
    const { server } = await bench()
    const center = await openCenterOn(server, undefined, 'TopSecret-wrong')
    opened.push(center)
    const error = await errorOf(center.get(ref, soon()))
    expect(error.code).toBe('system.unauthenticated')
    expect(error.hint).toContain('token')
  })

  it('that may not do this is told as that', async () => {
    const { server } = await bench({ app: 'billing' })
    const center = await openCenterOn(server)
    opened.push(center)
    expect((await errorOf(center.get(ref, soon()))).code).toBe('system.forbidden')
  })
})
