import { expect, test } from 'vitest'
import { measurePause } from '../../../src/lab/audit/measure-pause.ts'
import type { WriteLine, WriteOutcome } from '../../../src/lab/load/types.ts'

function write(intended: number, outcome: WriteOutcome, answered = intended + 5): WriteLine {
  return {
    type: 'write',
    on: 'orders',
    id: `w-1-${intended}`,
    intended,
    sent: intended,
    answered,
    status: null,
    outcome,
  }
}

test('without refusals the pause is the longest wait around the switch', () => {
  const before = write(0, 'acknowledged', 900)
  const first = write(1990, 'acknowledged', 2010)
  const lines = [before, write(1700, 'acknowledged', 2020), first, write(2600, 'acknowledged', 9000)]
  expect(measurePause(lines, first)).toMatchObject({ pauseMs: 320, longestWaitMs: 6400, switchedAt: 2010 })
})

test('a write that waited since long before the switch counts in full', () => {
  const first = write(5000, 'acknowledged', 5010)
  expect(measurePause([write(100, 'acknowledged', 5020), first], first).pauseMs).toBe(4920)
})

test('without refusals and without a switch the pause is the longest wait', () => {
  const lines = [write(0, 'acknowledged'), write(10, 'acknowledged', 410), write(20, 'acknowledged', 411)]
  expect(measurePause(lines, undefined)).toEqual({
    pauseMs: 400,
    longestGapMs: 405,
    longestWaitMs: 400,
    switchedAt: null,
  })
})

test('with refusals it lasts from the first one to the first write that only the target has', () => {
  const taken = write(300, 'acknowledged', 312)
  // Rolling restarts: refused and taken by the source side by side, and again at the end.
  const lines = [
    write(0, 'acknowledged'),
    write(100, 'refused-friendly'),
    write(110, 'acknowledged'),
    write(200, 'refused-other'),
    taken,
    write(310, 'refused-friendly'),
    write(320, 'acknowledged'),
  ]
  expect(measurePause(lines, taken)).toMatchObject({ pauseMs: 212, longestGapMs: 197 })
})

test('where nothing tells where a write went, it lasts to the first one after the last refusal', () => {
  const lines = [
    write(100, 'refused-friendly'),
    write(110, 'acknowledged'),
    write(200, 'refused-friendly'),
    write(300, 'acknowledged'),
  ]
  expect(measurePause(lines, undefined).pauseMs).toBe(205)
})

test('writes that never came back have no pause that ends', () => {
  expect(
    measurePause([write(0, 'acknowledged'), write(10, 'refused-friendly')], undefined).pauseMs,
  ).toBeNull()
})

test('of no writes is nothing', () => {
  expect(measurePause([], undefined)).toEqual({
    pauseMs: 0,
    longestGapMs: 0,
    longestWaitMs: 0,
    switchedAt: null,
  })
})
