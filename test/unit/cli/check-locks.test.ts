import { expect, test } from 'vitest'
import { checkLocks, type AskedLock } from '../../../src/cli/locks/check-locks.ts'
import { CutoverError } from '../../../src/core/errors.ts'
import { createFakeClock } from '../../fakes/fake-clock.ts'

const signal = new AbortController().signal
const lost = new CutoverError('locked', 'somebody broke it')
const away = new CutoverError('system.unreachable', 'source is away')

const says = (check: AskedLock['check']): AskedLock => ({ where: 'a server', check })
const held = says(async () => 'held')
const unsure = says(async () => 'unsure')
const silent = says(() => new Promise(() => undefined))
const fails = (error: Error): AskedLock =>
  says(async () => {
    throw error
  })

function check(...servers: readonly AskedLock[]): Promise<void> {
  const clock = createFakeClock()
  return clock.drive(checkLocks(servers, clock, signal))
}

test('one server that proves it is enough', async () => {
  await check(held, fails(away))
  await check(unsure, held)
  await check(silent, held)
  await check()
})

test('one server that knows better decides', async () => {
  await expect(check(held, fails(lost))).rejects.toBe(lost)
  await expect(check(fails(lost), silent)).rejects.toBe(lost)
})

test('without any proof nothing is done', async () => {
  await expect(check(unsure, unsure)).rejects.toMatchObject({ code: 'locked' })
  await expect(check(unsure, fails(away))).rejects.toBe(away)
  await expect(check(silent, silent)).rejects.toMatchObject({ code: 'system.unreachable' })
})

test.each(['monotonicMs', 'now'] as const)(
  'an answer that is looked at long after the question is asked for again (%s)',
  async (seenBy) => {
    const clock = createFakeClock()
    let jumpMs = 0
    // A paused machine may show its pause on one of the two clocks only.
    const jumping = {
      ...clock,
      monotonicMs: () => clock.monotonicMs() + (seenBy === 'monotonicMs' ? jumpMs : 0),
      now: () => new Date(clock.now().getTime() + (seenBy === 'now' ? jumpMs : 0)),
    }
    let asked = 0
    const slept = says(async () => {
      asked += 1
      if (asked > 1) throw lost
      jumpMs = 3_600_000
      return 'held'
    })
    await expect(clock.drive(checkLocks([slept], jumping, signal))).rejects.toBe(lost)
    expect(asked).toBe(2)
  },
)

test('a deadline that passed while the process was stopped is no answer, and the question is asked again', async () => {
  const clock = createFakeClock()
  let asked = 0
  const stopped = says(async () => {
    asked += 1
    if (asked > 1) return 'held'
    return new Promise(() => undefined)
  })
  // Asleep for longer than the deadline: its timer fires when the process wakes up.
  const late = {
    ...clock,
    after: (ms: number, call: () => void) => clock.after(ms === 10_000 ? 60_000 : ms, call),
  }
  await clock.drive(checkLocks([stopped], late, signal))
  expect(asked).toBe(2)
})
