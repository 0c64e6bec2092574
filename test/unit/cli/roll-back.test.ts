import { expect, it } from 'vitest'
import { rollBack } from '../../../src/cli/documents/roll-back.ts'
import { createCenterLock } from '../../../src/cli/locks/center-lock.ts'
import { CutoverError } from '../../../src/core/errors.ts'
import type { ConfigCenter } from '../../../src/core/ports/config-center.ts'
import { createCallFailure, failing } from '../../fakes/fail-at-call.ts'
import {
  createCenterState,
  createFakeConfigCenter,
  documentKey,
  overwrite,
  storedDocument,
  type FakeCenterState,
} from '../../fakes/fake-config-center.ts'
import { createFakeClock } from '../../fakes/fake-clock.ts'

const ref = { group: 'DEFAULT_GROUP', dataId: 'orders.yaml' }
const lockRef = { group: 'DEFAULT_GROUP', dataId: 'cutover-lock.orders.yaml' }
const signal = new AbortController().signal

function setUp(): { state: FakeCenterState; etag: string } {
  const state = createCenterState('nacos')
  overwrite(state, ref, 'a: 1\n')
  overwrite(state, ref, 'a: 2\n')
  return { state, etag: storedDocument(state, ref)?.etag ?? '' }
}
function wishOf(center: ConfigCenter, etag: string, said: string[] = []) {
  const say = (text: string): void => void said.push(text)
  const words = { by: 'ann@desk pid 7', reason: 'rolls orders.yaml back to 1' }
  const lock = createCenterLock(center, lockRef)
  return { lock, center, ref, content: 'a: 1\n', expect: { etag }, ...words, clock: createFakeClock(), say }
}
const textOf = (state: FakeCenterState): string | undefined => state.documents.get(documentKey(ref))?.content

it('writes the earlier text, reads it back, and lets go of the lock', async () => {
  const { state, etag } = setUp()
  const center = createFakeConfigCenter(state)
  expect(await rollBack(wishOf(center, etag), signal)).toMatchObject({
    done: true,
    stored: { content: 'a: 1\n' },
  })
  expect(await createCenterLock(center, lockRef).look(signal)).toMatchObject({ runId: '', epoch: 1 })
})

it('is refused while a run holds the lock of the service, and changes nothing', async () => {
  const { state, etag } = setUp()
  const center = createFakeConfigCenter(state)
  const run = {
    lockId: 'l1',
    runId: 'night',
    by: 'bob',
    reason: 'moves orders',
    epoch: 4,
    isOver: async () => false,
  }
  await createCenterLock(center, lockRef).claim(run, '2026-11-22T00:00:00Z', signal)
  await expect(rollBack(wishOf(center, etag), signal)).rejects.toMatchObject({
    code: 'locked',
    message: expect.stringContaining('run night of bob') as string,
  })
  expect(textOf(state)).toBe('a: 2\n')
})

it('overwrites nothing that somebody published meanwhile, and lets go of the lock', async () => {
  const { state, etag } = setUp()
  const center = createFakeConfigCenter(state)
  overwrite(state, ref, 'a: theirs\n')
  await expect(rollBack(wishOf(center, etag), signal)).rejects.toMatchObject({ code: 'conflict' })
  expect(textOf(state)).toBe('a: theirs\n')
  expect(await createCenterLock(center, lockRef).look(signal)).toMatchObject({ runId: '' })
})

it('does not call it refused when nobody knows whether it was written', async () => {
  const { state, etag } = setUp()
  const fake = createFakeConfigCenter(state)
  const lost = new CutoverError('system.ambiguous', 'nobody knows')
  const center = {
    ...fake,
    put: async (...args: Parameters<ConfigCenter['put']>) => {
      const stored = await fake.put(...args)
      if (args[0].dataId === ref.dataId) throw lost
      return stored
    },
  }
  expect(await rollBack(wishOf(center, etag), signal)).toEqual({ done: false, failure: lost })
})

it('whatever single call fails, the document is as before or rolled back, and what is said is true', async () => {
  for (const moment of ['before', 'after'] as const) {
    for (let call = 1; ; call += 1) {
      const { state, etag } = setUp()
      const failure = Object.assign(createCallFailure(), { failAt: call, moment, code: 'deadline' })
      const said: string[] = []
      const center = failing(createFakeConfigCenter(state), failure)
      const result = await rollBack(wishOf(center, etag, said), signal).catch(() => undefined)
      if (failure.calls < call) break
      expect(['a: 1\n', 'a: 2\n']).toContain(textOf(state))
      if (result?.done) expect(textOf(state)).toBe('a: 1\n')
      // Thrown means: nothing changed.
      if (result === undefined) expect(textOf(state), `${moment} call ${call}`).toBe('a: 2\n')
    }
  }
})
