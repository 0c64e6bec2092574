import { expect, test } from 'vitest'
import { describeWindow } from '../../../src/core/describe-window.ts'

const at = (text: string): number => Date.parse(text)
const minutes = (count: number): number => count * 60_000
const china = 480

function told(window: Parameters<typeof describeWindow>[0], now: string): string {
  return describeWindow(window, minutes(6), new Date(now), china)
}

const notBefore = at('2026-11-22T03:00:00+08:00')
const notAfter = at('2026-11-22T04:00:00+08:00')

test.each([
  [
    'before it opens',
    { notBefore, notAfter },
    '2026-11-22T00:50:00+08:00',
    'between 2026-11-22 03:00 and 04:00 +08:00, opens in 2 h 10 min; must begin by 03:54, in 3 h 04 min',
  ],
  [
    'while it is open',
    { notBefore, notAfter },
    '2026-11-22T03:30:00+08:00',
    'between 2026-11-22 03:00 and 04:00 +08:00, open now; must begin by 03:54, in 24 min 00 s',
  ],
  [
    'when the pause does not fit any more',
    { notBefore, notAfter },
    '2026-11-22T03:55:30+08:00',
    'between 2026-11-22 03:00 and 04:00 +08:00, too late by 1 min 30 s: had to begin by 03:54',
  ],
  [
    'without an end',
    { notBefore },
    '2026-11-22T02:59:00+08:00',
    'from 2026-11-22 03:00 +08:00 on, opens in 1 min 00 s',
  ],
  [
    'without a beginning',
    { notAfter },
    '2026-11-22T03:00:00+08:00',
    'until 2026-11-22 04:00 +08:00, open now; must begin by 03:54, in 54 min 00 s',
  ],
  [
    'over midnight',
    { notBefore: at('2026-11-21T23:00:00+08:00'), notAfter: at('2026-11-22T00:03:00+08:00') },
    '2026-11-21T23:10:00+08:00',
    'between 2026-11-21 23:00 and 2026-11-22 00:03 +08:00, open now; must begin by 2026-11-21 23:57, in 47 min 00 s',
  ],
])('a window %s', (_name, window, now, text) => {
  expect(told(window, now)).toBe(text)
})

test('a window west of Greenwich', () => {
  expect(describeWindow({ notBefore }, 0, new Date(notBefore), -210)).toBe(
    'from 2026-11-21 15:30 -03:30 on, open now',
  )
})
