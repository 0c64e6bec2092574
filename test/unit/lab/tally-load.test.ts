import { describe, expect, test } from 'vitest'
import { percentiles } from '../../../src/lab/load/percentiles.ts'
import { startLoadTally } from '../../../src/lab/load/tally-load.ts'
import type { LogLine, WriteLine } from '../../../src/lab/load/types.ts'

const write: WriteLine = {
  type: 'write',
  on: 'orders',
  id: 'w-1-1',
  intended: 1000,
  sent: 1500,
  answered: 1600,
  status: 201,
  outcome: 'acknowledged',
}
const about = { seed: 1, logFile: 'x', startedAt: 0, stoppedAt: 9 }

describe('the tally of a load', () => {
  test('counts every outcome of every writer for itself', () => {
    const tally = startLoadTally()
    const lines: LogLine[] = [
      write,
      { ...write, outcome: 'refused-friendly', status: 503 },
      { ...write, outcome: 'refused-other', status: 500, leaks: ['sql', 'address'] },
      { ...write, outcome: 'unknown', answered: 99_000 },
      { ...write, outcome: 'not-sent', sent: null, answered: null },
      { ...write, on: 'billing' },
      { type: 'read', what: 'one', intended: 0, answered: 7, status: 200, outcome: 'ok' },
      { type: 'read', what: 'list', intended: 0, answered: 7, status: 404, outcome: 'failed' },
      { type: 'probe', bug: 'duplicate-id', intended: 0, status: 409, outcome: 'own' },
      { type: 'mark', name: 'fence', at: 5 },
    ]
    for (const line of lines) tally.add(line)
    const summary = tally.summary(about)
    expect(summary.writes.orders).toMatchObject({
      acknowledged: 1,
      refusedFriendly: 1,
      refusedOther: 1,
      unknown: 1,
      notSent: 1,
    })
    expect(summary.writes.billing.acknowledged).toBe(1)
    expect(summary.writes.stock.acknowledged).toBe(0)
    expect(summary.reads).toMatchObject({ ok: 1, failed: 1, notSent: 0 })
    expect(summary.probes).toEqual({
      'duplicate-id': { own: 1, upgrading: 0, wrong: 0, unknown: 0 },
      'bad-column': { own: 0, upgrading: 0, wrong: 0, unknown: 0 },
    })
    expect(summary).toMatchObject({ leaks: 1, marks: [{ name: 'fence', at: 5 }] })
  })

  test('measures latency from the intended start, of acknowledged writes only', () => {
    const tally = startLoadTally()
    tally.add(write)
    tally.add({ ...write, outcome: 'refused-friendly', answered: 90_000 })
    expect(tally.summary(about).writes.orders.latencyMs).toEqual({ p50: 600, p95: 600, p99: 600, max: 600 })
  })
})

describe('percentiles', () => {
  test('are values that occurred', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i)
    expect(percentiles(hundred)).toEqual({ p50: 50, p95: 95, p99: 99, max: 100 })
    expect(percentiles([10, 9])).toEqual({ p50: 9, p95: 10, p99: 10, max: 10 })
  })

  test('of nothing are 0', () => {
    expect(percentiles([])).toEqual({ p50: 0, p95: 0, p99: 0, max: 0 })
  })
})
