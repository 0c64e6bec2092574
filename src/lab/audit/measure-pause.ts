import type { WriteLine } from '../load/types.ts'

export interface Pause {
  /** See Audit.pauseMs. */
  readonly pauseMs: number | null
  readonly longestGapMs: number
  readonly longestWaitMs: number
  /** See Audit.switchedAt. */
  readonly switchedAt: number | null
}

const nearMs = 500

/**
 * @param firstOnTarget the first acknowledged write that the source lacks; undefined: nothing tells where a write went.
 */
export function measurePause(lines: Iterable<WriteLine>, firstOnTarget: WriteLine | undefined): Pause {
  const all = [...lines]
  const answered = all.filter((line) => line.outcome === 'acknowledged').map((line) => line.answered ?? 0)
  answered.sort((a, b) => a - b)
  const longestWaitMs = longestWait(all)
  return {
    pauseMs: pauseOf(all, answered, firstOnTarget),
    longestGapMs: gapOf(answered),
    longestWaitMs,
    switchedAt: firstOnTarget?.answered ?? null,
  }
}

function pauseOf(
  lines: readonly WriteLine[],
  acknowledged: readonly number[],
  firstOnTarget: WriteLine | undefined,
): number | null {
  const refused = lines.filter((line) => line.outcome.startsWith('refused'))
  if (refused.length === 0) return longestWait(aroundSwitch(lines, firstOnTarget?.answered))
  const begin = Math.min(...refused.map((line) => line.intended))
  const back = firstOnTarget?.answered
  if (back !== null && back !== undefined && back > begin) return back - begin
  const lastRefusal = Math.max(...refused.map((line) => line.answered ?? line.intended))
  const after = acknowledged.find((at) => at > lastRefusal)
  return after === undefined ? null : after - begin
}

/** Those under way within half a second of the first answer from the target; what a busy machine does at other times is none of the pause. */
function aroundSwitch(
  lines: readonly WriteLine[],
  switchedAt: number | null | undefined,
): readonly WriteLine[] {
  if (switchedAt === null || switchedAt === undefined) return lines
  return lines.filter(
    ({ intended, answered }) =>
      intended <= switchedAt + nearMs && (answered ?? intended) >= switchedAt - nearMs,
  )
}

function longestWait(lines: readonly WriteLine[]): number {
  return lines.reduce(
    (longest, { outcome, answered, intended }) =>
      outcome === 'acknowledged' ? Math.max(longest, (answered ?? 0) - intended) : longest,
    0,
  )
}

function gapOf(answered: readonly number[]): number {
  return answered.reduce((longest, at, i) => Math.max(longest, at - (answered[i - 1] ?? at)), 0)
}
