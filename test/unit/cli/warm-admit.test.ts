import { expect, test } from 'vitest'
import { createWarmAdmit } from '../../../src/cli/locks/warm-admit.ts'
import { CutoverError } from '../../../src/core/errors.ts'
import { createFakeClock } from '../../fakes/fake-clock.ts'

const signal = new AbortController().signal
const lost = new CutoverError('locked', 'somebody broke it')

function open() {
  const clock = createFakeClock()
  const asked: number[] = []
  let answer = (): Promise<void> => Promise.resolve()
  const check = (): Promise<void> => {
    asked.push(clock.monotonicMs())
    return answer()
  }
  return {
    clock,
    asked,
    warm: createWarmAdmit(check, clock),
    answerWith: (next: () => Promise<void>): void => {
      answer = next
    },
  }
}

test('the first deed asks, and those that follow for ten seconds find the answer there', async () => {
  const { clock, asked, warm } = open()
  await warm.admit(signal)
  expect(asked).toEqual([0])
  await clock.advance(3_050)
  const before = asked.length
  await warm.admit(signal)
  expect(asked.length).toBe(before)
  warm[Symbol.dispose]()
})

test('a deed that comes long after the last one asks for itself', async () => {
  const { clock, asked, warm } = open()
  await warm.admit(signal)
  await clock.advance(30_000)
  const before = asked.length
  expect(before).toBeLessThan(110)
  expect(clock.pending).toBe(0)
  await warm.admit(signal)
  expect(asked.length).toBe(before + 1)
  warm[Symbol.dispose]()
})

test('an answer is not used when either clock says that it is old', async () => {
  const { clock, asked, warm } = open()
  await warm.admit(signal)
  clock.jump(2_000)
  await warm.admit(signal)
  expect(asked.length).toBe(2)
  clock.jump(-2_000)
  await warm.admit(signal)
  expect(asked.length).toBe(3)
  warm[Symbol.dispose]()
})

test('an answer that is still on its way admits nothing', async () => {
  const { clock, asked, warm, answerWith } = open()
  await warm.admit(signal)
  answerWith(() => new Promise(() => undefined))
  await clock.advance(400)
  expect(asked.length).toBe(2)
  answerWith(() => Promise.reject(lost))
  await expect(warm.admit(signal)).rejects.toBe(lost)
  warm[Symbol.dispose]()
})

test('a lock that was found lost meanwhile lets nothing pass, and the deed hears why', async () => {
  const { clock, warm, answerWith } = open()
  await warm.admit(signal)
  answerWith(() => Promise.reject(lost))
  await clock.advance(150)
  await expect(warm.admit(signal)).rejects.toBe(lost)
  expect(clock.pending).toBe(0)
})

test('a good answer that was asked for before a bad one came is not kept', async () => {
  const { clock, warm, answerWith } = open()
  await warm.admit(signal)
  let letIn = (): void => undefined
  answerWith(
    () =>
      new Promise((resolve) => {
        letIn = resolve
      }),
  )
  await clock.advance(350) // asked ahead, and no answer yet
  const answerLate = letIn
  answerWith(() => Promise.reject(lost))
  await expect(warm.admit(signal)).rejects.toBe(lost)
  answerLate()
  await clock.advance(1)
  await expect(warm.admit(signal)).rejects.toBe(lost)
  warm[Symbol.dispose]()
})

test('ended, it asks nobody ahead any more', async () => {
  const { clock, asked, warm } = open()
  await warm.admit(signal)
  warm[Symbol.dispose]()
  await clock.advance(1_000)
  expect(asked.length).toBe(1)
  expect(clock.pending).toBe(0)
})
