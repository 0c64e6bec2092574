import { expect, it, vi } from 'vitest'
import { followNotices } from '../../../src/service/notice-watcher.ts'
import { createFakeClock } from '../../fakes/fake-clock.ts'

function upgradingUntil(until: Date): string {
  return JSON.stringify({
    kind: 'cutover-notice',
    version: 1,
    runId: 'r',
    epoch: 1,
    phase: 'upgrading',
    services: ['orders'],
    since: '2026-11-21T02:00:00Z',
    until: until.toISOString(),
    retryAfterSeconds: 5,
  })
}

const soon = () => AbortSignal.timeout(5000)

it('keeps the last notice until its own expiry when its source fails for good, and says so once', async () => {
  const clock = createFakeClock()
  const until = new Date(clock.now().getTime() + 60_000)
  const onError = vi.fn<(error: unknown) => void>()
  await using watcher = followNotices(
    async function* failing() {
      yield upgradingUntil(until)
      throw new Error('the config center is gone')
    },
    { service: 'orders', clock, onError, graceMs: 0 },
  )
  await watcher.ready(soon())
  await expect.poll(() => onError.mock.calls.length).toBe(1)
  expect(watcher.window()).toMatchObject({ grace: false })
  await clock.advance(60_000)
  expect(watcher.window()).toBeUndefined()
})

it('is ready at the first reading, also when there is no document', async () => {
  await using watcher = followNotices(
    async function* empty(signal) {
      yield null
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    },
    { service: 'orders' },
  )
  await watcher.ready(soon())
  expect(watcher.notice()).toBeUndefined()
})

it('does not wait longer for the first reading than its signal says', async () => {
  await using watcher = followNotices(
    async function* silent(signal) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      yield* []
    },
    { service: 'orders' },
  )
  const enough = new Error('enough')
  await expect(watcher.ready(AbortSignal.abort(enough))).rejects.toBe(enough)
})

it('ends its source when it is disposed of, without calling that an error', async () => {
  const onError = vi.fn<(error: unknown) => void>()
  let ended = false
  const watcher = followNotices(
    async function* waiting(signal) {
      yield null
      await new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error)),
      ).finally(() => (ended = true))
    },
    { service: 'orders', onError },
  )
  await watcher.ready(soon())
  await watcher[Symbol.asyncDispose]()
  expect(ended).toBe(true)
  expect(onError).not.toHaveBeenCalled()
})
