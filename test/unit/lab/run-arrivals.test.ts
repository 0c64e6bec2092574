import { describe, expect, test } from 'vitest'
import { runArrivals } from '../../../src/lab/load/run-arrivals.ts'
import { createFakeClock } from '../../fakes/fake-clock.ts'

function collect(perSecond: number) {
  const clock = createFakeClock()
  const ending = new AbortController()
  const fired: { readonly intended: number; readonly at: number; readonly number: number }[] = []
  const fire = (intended: number, number: number) =>
    void fired.push({ intended, at: clock.monotonicMs(), number })
  const running = runArrivals(clock, { perSecond, startMs: 5, fire }, ending.signal)
  return { clock, ending, fired, running }
}

describe('arrivals', () => {
  test('keep a fixed rate from the start', async () => {
    const { clock, ending, fired, running } = collect(100)
    await clock.advance(100)
    ending.abort()
    await running
    expect(fired.map((one) => one.intended)).toEqual([5, 15, 25, 35, 45, 55, 65, 75, 85, 95])
    expect(clock.pending).toBe(0)
  })

  test('do not drift when the interval is no whole number', async () => {
    const { clock, ending, fired, running } = collect(300)
    await clock.advance(10_004)
    ending.abort()
    await running
    expect(fired).toHaveLength(3000)
    expect(fired.at(-1)?.intended).toBeCloseTo(5 + (2999 * 1000) / 300)
  })

  test('that a stall delayed all come, each with the time it was meant for', async () => {
    const clock = createFakeClock()
    const ending = new AbortController()
    const fired: number[] = []
    // The whole process stands still: the first sleep ends 250 ms late.
    const stalled = { ...clock, sleep: (ms: number, signal: AbortSignal) => clock.sleep(ms + 250, signal) }
    const running = runArrivals(
      stalled,
      { perSecond: 100, startMs: 10, fire: (intended) => void fired.push(intended) },
      ending.signal,
    )
    await clock.advance(260)
    expect(fired).toHaveLength(26)
    expect(fired[0]).toBe(10)
    expect(fired[25]).toBe(260)
    ending.abort()
    await running
  })

  test('at rate 0 never come', async () => {
    const { fired, running } = collect(0)
    await running
    expect(fired).toEqual([])
  })
})
