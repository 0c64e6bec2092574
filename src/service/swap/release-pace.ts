const soonMs = 3
const retryMs = 50
const longestRetryMs = 250

/**
 * How long to wait before the target is asked again, milliseconds: users wait for the answer at first, later nobody
 * does.
 * @param closedForMs undefined: the gate is open.
 * @param failures questions in a row without an answer.
 */
export function releasePace(closedForMs: number | undefined, failures: number): number {
  if (closedForMs === undefined || closedForMs > 60_000) return 1000
  const pace = closedForMs > 10_000 ? 100 : soonMs
  return failures === 0 ? pace : Math.max(pace, Math.min(longestRetryMs, retryMs * failures))
}
