import type { WriteLine } from '../load/types.ts'

export interface Pause {
  /** See Audit.pauseMs. */
  readonly pauseMs: number | null
  readonly longestGapMs: number
  readonly longestWaitMs: number
}

/**
 * @param firstOnTarget the first acknowledged write that the source lacks; undefined: nothing tells where a write went.
 */
export function measurePause(lines: Iterable<WriteLine>, firstOnTarget: WriteLine | undefined): Pause {
  const all = [...lines]
  const answered = all.filter((line) => line.outcome === 'acknowledged').map((line) => line.answered ?? 0)
  answered.sort((a, b) => a - b)
  const longestWaitMs = all.reduce(
    (longest, line) =>
      line.outcome === 'acknowledged' ? Math.max(longest, (line.answered ?? 0) - line.intended) : longest,
    0,
  )
  return {
    pauseMs: pauseOf(all, answered, firstOnTarget, longestWaitMs),
    longestGapMs: gapOf(answered),
    longestWaitMs,
  }
}

function pauseOf(
  lines: readonly WriteLine[],
  acknowledged: readonly number[],
  firstOnTarget: WriteLine | undefined,
  longestWaitMs: number,
): number | null {
  const refused = lines.filter((line) => line.outcome.startsWith('refused'))
  if (refused.length === 0) return longestWaitMs
  const begin = Math.min(...refused.map((line) => line.intended))
  const back = firstOnTarget?.answered
  if (back !== null && back !== undefined && back > begin) return back - begin
  const lastRefusal = Math.max(...refused.map((line) => line.answered ?? line.intended))
  const after = acknowledged.find((at) => at > lastRefusal)
  return after === undefined ? null : after - begin
}

function gapOf(answered: readonly number[]): number {
  return answered.reduce((longest, at, i) => Math.max(longest, at - (answered[i - 1] ?? at)), 0)
}
