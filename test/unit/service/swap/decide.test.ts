import { describe, expect, it } from 'vitest'
import type { Evidence, ReleaseSeen, WordOfRun } from '../../../../src/service/swap/decide.ts'
import { decide, freshMs } from '../../../../src/service/swap/decide.ts'

const words: readonly WordOfRun[] = ['holding', 'done', 'withdrawn', 'expired', 'silent']
const releases: readonly ReleaseSeen[] = ['seen', 'absent', 'unclear', 'unknown']
const flags = [false, true]

/** Every combination; the moments stand for: asked after the word or before it, word new or old. */
const all: readonly Evidence[] = words.flatMap((word) =>
  releases.flatMap((release) =>
    flags.flatMap((refusing) =>
      flags.flatMap((limitReached) =>
        [0, 1, -1].flatMap((askedAfter) =>
          [0, freshMs, freshMs + 1].map((age) => ({
            nowMs: 100_000,
            word,
            release,
            refusing,
            limitReached,
            wordAsOf: 100_000 - age,
            releaseAsOf: 100_000 - age + askedAfter,
          })),
        ),
      ),
    ),
  ),
)
const over = (evidence: Evidence) => evidence.word === 'withdrawn' || evidence.word === 'expired'
const decided = (decision: string) => all.filter((evidence) => decide(evidence) === decision)

describe('a gate that is not open', () => {
  it('is looked at in every combination of evidence', () => {
    expect(all).toHaveLength(5 * 4 * 2 * 2 * 3 * 3)
  })

  it('goes to the source only when the run is over and the target, asked after that was read, has no release', () => {
    const reopened = decided('to-source')
    expect(reopened.length).toBeGreaterThan(0)
    for (const evidence of reopened) {
      expect(over(evidence)).toBe(true)
      expect(evidence.release).toBe('absent')
      expect(evidence.releaseAsOf).toBeGreaterThanOrEqual(evidence.wordAsOf)
      expect(evidence.nowMs - evidence.wordAsOf).toBeLessThanOrEqual(freshMs)
    }
  })

  it('goes to the source in every such case, once what was held too long has been refused', () => {
    const complete = all.filter(
      (evidence) =>
        over(evidence) &&
        evidence.release === 'absent' &&
        evidence.releaseAsOf >= evidence.wordAsOf &&
        evidence.nowMs - evidence.wordAsOf <= freshMs &&
        evidence.refusing,
    )
    expect(complete.length).toBeGreaterThan(0)
    expect(new Set(complete.map(decide))).toEqual(new Set(['to-source']))
  })

  it('goes to the target exactly when the release is seen, whatever the notice says', () => {
    for (const evidence of decided('to-target')) expect(evidence.release).toBe('seen')
    const seen = all.filter((evidence) => evidence.release === 'seen')
    for (const evidence of seen) expect(['to-target', 'refuse']).toContain(decide(evidence))
    expect(new Set(seen.filter(({ refusing }) => refusing).map(decide))).toEqual(new Set(['to-target']))
  })

  it('refuses once, when the limit is reached or the word has run out, before anything else', () => {
    for (const evidence of all) {
      const spent = evidence.limitReached || evidence.word === 'silent' || evidence.word === 'expired'
      expect(decide(evidence) === 'refuse').toBe(spent && !evidence.refusing)
    }
  })

  it('never opens when the target has not answered or its answer is unclear', () => {
    const open = [...decided('to-target'), ...decided('to-source')]
    expect(open.filter(({ release }) => release === 'unknown' || release === 'unclear')).toEqual([])
  })
})
