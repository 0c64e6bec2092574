// Node fires a longer timer after one millisecond.
const longestMs = 2_147_483_647

/** How long to set a timer for something that is so far ahead; if that is very far, the timer comes too early. */
export function timerMs(aheadMs: number): number {
  return Math.min(Math.max(0, aheadMs), longestMs)
}
