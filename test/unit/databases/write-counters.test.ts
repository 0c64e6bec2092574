import { expect, test } from 'vitest'
import { movedCounters, type WriteCounters } from '../../../src/databases/write-counters.ts'

function counters(count: string | undefined, serverStartedMs = 0): WriteCounters {
  const byTable = new Map(count === undefined ? [] : [['orders.lines', count]])
  return { origin: 'write count', isExact: true, byTable, serverStartedMs }
}

test('equal counters show no write', () => {
  expect(movedCounters(counters('7'), counters('7', 1_000))).toEqual([])
})

test('a counter that moved is named with both values', () => {
  expect(movedCounters(counters('7'), counters('8'))).toEqual([
    'orders.lines was written to between two samples (write count: 7 → 8)',
  ])
})

test('a table that appears counts from 0', () => {
  expect(movedCounters(counters(undefined), counters('1'))).toHaveLength(1)
})

test.each(['0', '7', '8'])('after a restart of the server a counter of %s proves nothing', (count) => {
  expect(movedCounters(counters('7'), counters(count, 5_000))).toEqual([
    'the server was restarted, so its write counters say nothing about the time before',
  ])
})
