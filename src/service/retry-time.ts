import type { UpgradeWindow } from './notice-state.ts'

// After the announced time nobody knows better; short, because the end is near.
const overdueSeconds = 3

/**
 * When to try again, in whole seconds, at least 1: the time the notice announced, spread by up to a quarter so that
 * those who wait do not come back together.
 * @param window undefined: no notice is valid any more.
 * @param random between 0 and 1.
 */
export function retrySeconds(window: UpgradeWindow | undefined, nowMs: number, random: number): number {
  const left = secondsLeft(window, nowMs)
  const base = left < 1 ? overdueSeconds : left
  return Math.max(1, Math.round(base + base * 0.25 * random))
}

function secondsLeft(window: UpgradeWindow | undefined, nowMs: number): number {
  if (window === undefined || window.grace) return 0
  const { since, retryAfterSeconds } = window.notice
  return Math.ceil((Date.parse(since) + retryAfterSeconds * 1000 - nowMs) / 1000)
}
