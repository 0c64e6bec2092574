import { expect, it } from 'vitest'
import { matchTwins } from '../../../src/cli/worker-channel.ts'

type Way = Parameters<ReturnType<typeof matchTwins>>[0]

/** Which of these signals count; each is a moment in milliseconds and the way it came. */
function taken(...signals: readonly (readonly [atMs: number, way: Way])[]): readonly number[] {
  let now = 0
  const isTwin = matchTwins(() => now)
  return signals
    .filter(([atMs, way]) => {
      now = atMs
      return !isTwin(way, 'SIGINT')
    })
    .map(([atMs]) => atMs)
}

it('takes a Ctrl-C that reached both processes once, whichever way is faster', () => {
  expect(taken([0, 'direct'], [3, 'forwarded'])).toEqual([0])
  expect(taken([0, 'forwarded'], [3, 'direct'])).toEqual([0])
})

it('takes two quick presses for two', () => {
  expect(taken([0, 'direct'], [3, 'forwarded'], [90, 'direct'], [94, 'forwarded'])).toEqual([0, 90])
  expect(taken([0, 'direct'], [1, 'direct'], [2, 'forwarded'], [3, 'forwarded'])).toEqual([0, 1])
})

it('takes a signal that only the supervisor got', () => {
  expect(taken([0, 'forwarded'], [100, 'forwarded'])).toEqual([0, 100])
})

it('takes the same signal for another one when it comes later the other way', () => {
  expect(taken([0, 'direct'], [2000, 'forwarded'])).toEqual([0, 2000])
})

it('does not mix up signals of different names', () => {
  const isTwin = matchTwins(() => 0)
  expect([isTwin('direct', 'SIGINT'), isTwin('forwarded', 'SIGHUP')]).toEqual([false, false])
})
