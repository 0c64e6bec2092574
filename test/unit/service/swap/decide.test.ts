import { describe, expect, it } from 'vitest'
import type { Evidence, ReleaseSeen, WordOfRun } from '../../../../src/service/swap/decide.ts'
import { decide, freshMs, targetPatienceMs } from '../../../../src/service/swap/decide.ts'

const words: readonly WordOfRun[] = ['holding', 'done', 'called-off', 'withdrawn', 'expired', 'silent']
const releases: readonly ReleaseSeen[] = ['seen', 'absent', 'unclear', 'unknown']
const flags = [false, true]

const nowMs = 100_000

/** How long ago it was first heard that the run was called off. */
function agesOf(word: WordOfRun): readonly (number | undefined)[] {
  return word === 'called-off' ? [0, targetPatienceMs - 1, targetPatienceMs, 3 * freshMs] : [undefined]
}

/** Every combination; the moments stand for: asked after the word or before it, word new or old. */
const all: readonly Evidence[] = words.flatMap((word) =>
  releases.flatMap((release) =>
    flags.flatMap((refusing) =>
      flags.flatMap((limitReached) =>
        [0, 1, -1].flatMap((askedAfter) =>
          [0, freshMs, freshMs + 1].flatMap((age) =>
            agesOf(word).map((calledOff) => ({
              nowMs,
              word,
              release,
              refusing,
              limitReached,
              wordAsOf: nowMs - age,
              calledOffAt: calledOff === undefined ? undefined : nowMs - calledOff,
              releaseAsOf: nowMs - age + askedAfter,
            })),
          ),
        ),
      ),
    ),
  ),
)
const over = ({ word }: Evidence) => ['called-off', 'withdrawn', 'expired'].includes(word)
/** The run was called off a while ago, and the target has not answered since. */
const targetIsSilent = ({ calledOffAt, release, releaseAsOf }: Evidence) =>
  calledOffAt !== undefined &&
  nowMs - calledOffAt >= targetPatienceMs &&
  (release === 'unknown' || (release === 'absent' && releaseAsOf < calledOffAt))
const decided = (decision: string) => all.filter((evidence) => decide(evidence) === decision)

describe('a gate that is not open', () => {
  it('is looked at in every combination of evidence', () => {
    expect(all).toHaveLength((5 + 4) * 4 * 2 * 2 * 3 * 3)
  })

  it('goes to the source only when the run is over and the target, asked after that was read, has no release, or is silent about a run that says it was called off', () => {
    const reopened = decided('to-source')
    expect(reopened.length).toBeGreaterThan(0)
    for (const evidence of reopened) {
      expect(over(evidence)).toBe(true)
      const { release, releaseAsOf, wordAsOf } = evidence
      const proven = release === 'absent' && releaseAsOf >= wordAsOf
      expect(proven || targetIsSilent(evidence)).toBe(true)
      expect(evidence.nowMs - evidence.wordAsOf).toBeLessThanOrEqual(freshMs)
    }
  })

  it('goes to the source in every such case, once what was held too long has been refused', () => {
    const complete = all.filter(
      (evidence) =>
        over(evidence) &&
        ((evidence.release === 'absent' && evidence.releaseAsOf >= evidence.wordAsOf) ||
          targetIsSilent(evidence)) &&
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

  it('never opens when the answer of the target is unclear, and without one only when the run was called off', () => {
    const open = [...decided('to-target'), ...decided('to-source')]
    expect(open.filter(({ release }) => release === 'unclear')).toEqual([])
    const unanswered = open.filter(({ release }) => release === 'unknown')
    expect(new Set(unanswered.map(({ word }) => word))).toEqual(new Set(['called-off']))
  })
})
