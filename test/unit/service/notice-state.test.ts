import { describe, expect, it } from 'vitest'
import type { Notice } from '../../../src/core/notice.ts'
import { createNoticeState } from '../../../src/service/notice-state.ts'
import { createFakeClock } from '../../fakes/fake-clock.ts'

const graceMs = 30_000
const minutes = (count: number) => count * 60_000

function setUp() {
  const clock = createFakeClock()
  const state = createNoticeState('orders', graceMs, clock)
  const text = (phase: Notice['phase'], changes: Partial<Notice> = {}): string =>
    JSON.stringify({
      kind: 'cutover-notice',
      version: 1,
      runId: 'run-1',
      epoch: 1,
      phase,
      services: ['orders', 'cart'],
      since: clock.now().toISOString(),
      until: new Date(clock.now().getTime() + minutes(10)).toISOString(),
      retryAfterSeconds: 30,
      ...changes,
    })
  const say = (phase: Notice['phase'], changes?: Partial<Notice>) => state.take(text(phase, changes))
  const open = () => state.window()?.grace === false
  return { clock, state, text, say, open }
}

describe('a window', () => {
  it.each([
    ['armed', false],
    ['upgrading', true],
    ['holding', true],
    ['done', false],
    ['undone', false],
  ] as const)('in phase %s is open: %s', (phase, expected) => {
    const { say, open } = setUp()
    say(phase)
    expect(open()).toBe(expected)
  })

  it('is not open before anything was read, nor without a document', () => {
    const { state } = setUp()
    expect(state.window()).toBeUndefined()
    state.take(null)
    expect(state.window()).toBeUndefined()
  })

  it('ends by itself at its expiry, then late errors count for the grace time, then nothing does', async () => {
    const { clock, state, say, open } = setUp()
    say('upgrading')
    await clock.advance(minutes(10) - 1)
    expect(open()).toBe(true)
    await clock.advance(1)
    expect(state.window()).toMatchObject({ grace: true })
    expect(state.notice()).toBeUndefined()
    await clock.advance(graceMs - 1)
    expect(state.window()).toMatchObject({ grace: true })
    await clock.advance(1)
    expect(state.window()).toBeUndefined()
  })

  it('has its grace time after done, and after the document was removed', async () => {
    for (const end of ['done', 'removed']) {
      const { clock, state, say } = setUp()
      say('upgrading')
      await clock.advance(1000)
      if (end === 'done') say('done')
      else state.take(null)
      expect(state.window()).toMatchObject({ grace: true, notice: { phase: 'upgrading' } })
      await clock.advance(graceMs)
      expect(state.window()).toBeUndefined()
    }
  })

  it('that had ended long before the service started leaves no grace time', () => {
    const { state, say } = setUp()
    say('upgrading', { since: '2026-11-20T00:00:00Z', until: '2026-11-20T00:10:00Z' })
    expect(state.window()).toBeUndefined()
  })
})

describe('what is not believed', () => {
  it.each([
    ['text that is no JSON', '{'],
    ['JSON that is no notice', '{"spring":{}}'],
    ['a notice of an unknown version', '{"kind":"cutover-notice","version":2,"phase":"done"}'],
    ['nothing at all', ''],
  ])('%s changes nothing', (_name, text) => {
    const { state, say, open } = setUp()
    say('upgrading')
    state.take(text)
    expect(open()).toBe(true)
  })

  it('a notice for other services neither opens a window nor ends one', () => {
    const { say, open } = setUp()
    say('upgrading', { services: ['billing'] })
    expect(open()).toBe(false)
    say('upgrading')
    say('done', { services: ['billing'], runId: 'run-2', epoch: 9 })
    expect(open()).toBe(true)
  })

  it('the same run no longer naming the service ends its window', () => {
    const { say, open } = setUp()
    say('upgrading')
    say('upgrading', { services: ['cart'] })
    expect(open()).toBe(false)
  })

  it('an older holder of the run cannot speak any more, not even after the expiry', async () => {
    const { clock, say, open } = setUp()
    say('upgrading', { epoch: 2 })
    say('done', { epoch: 1 })
    expect(open()).toBe(true)
    await clock.advance(minutes(10) + graceMs)
    say('upgrading', { epoch: 1 })
    expect(open()).toBe(false)
  })

  it('another run with a lower epoch is not heard while this one still says upgrading', () => {
    const { say, open } = setUp()
    say('upgrading', { epoch: 3 })
    say('armed', { runId: 'run-0', epoch: 1 })
    expect(open()).toBe(true)
  })
})

describe('the next run', () => {
  it('counts its epochs anew once the run before it is over', () => {
    for (const end of ['done', 'undone'] as const) {
      const { say, open } = setUp()
      say('upgrading', { epoch: 5 })
      say(end, { epoch: 5 })
      say('upgrading', { runId: 'run-2', epoch: 1 })
      expect(open()).toBe(true)
    }
  })

  it('is heard when the notice before it has expired or was removed', async () => {
    const expired = setUp()
    expired.say('upgrading', { epoch: 5 })
    await expired.clock.advance(minutes(10))
    expired.say('upgrading', { runId: 'run-2', epoch: 1 })
    expect(expired.open()).toBe(true)

    const removed = setUp()
    removed.say('upgrading', { epoch: 5 })
    removed.state.take(null)
    removed.say('upgrading', { runId: 'run-2', epoch: 1 })
    expect(removed.open()).toBe(true)
  })
})

it('undoing an announcement puts the older document back, which ends the window', () => {
  const sameRun = setUp()
  sameRun.say('armed')
  sameRun.say('upgrading')
  sameRun.say('armed')
  expect(sameRun.open()).toBe(false)

  const olderRun = setUp()
  const before = olderRun.text('done', { runId: 'run-0', epoch: 1, until: '2026-11-20T00:00:00Z' })
  olderRun.state.take(before)
  olderRun.say('upgrading', { epoch: 2 })
  olderRun.state.take(before)
  expect(olderRun.open()).toBe(false)
  expect(olderRun.state.window()).toMatchObject({ grace: true })
})
