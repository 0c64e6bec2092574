import { foldJournal } from '../../src/core/fold.ts'
import type { JournalEntry } from '../../src/core/journal-entry.ts'
import type { RunState } from '../../src/core/run-state.ts'
import type { CrashPoint } from './crash-points.ts'
import { lastWords } from './last-words.ts'
import type { Ended, Kill } from './run-until.ts'

/** As many as one command may restart its worker. */
const mostRestarts = 3

/** Whom a supervised round kills, one after the other. */
export function supervisedKills(point: CrashPoint, first: Kill): readonly Kill[] {
  const { second = 0 } = point
  if (point.moment === '') return []
  if (point.supervised === 'both') return [{ ...first, both: true }]
  if (point.supervised === 'again') return [first, { at: (_moment, position) => position >= second }]
  const next: Kill = { at: () => true }
  return point.supervised === 'always'
    ? [first, ...Array.from({ length: mostRestarts }, () => next)]
    : [first]
}

interface Night {
  readonly point: CrashPoint
  readonly first: Ended
  readonly entries: readonly JournalEntry[]
  /** Id of the last item of the pause. */
  readonly lastOfPause: string
}

export interface Judged {
  readonly violations: readonly string[]
  /** True: the run waits for a person, and that is right. */
  readonly needsHand: boolean
}

/** What a run under a supervisor must have come to when its command has ended. */
export function judgeSupervised(night: Night): Judged {
  const { point, first, entries } = night
  const state = entries.length === 0 ? undefined : foldJournal(entries)
  if (first.exitCode === null) {
    return point.supervised === 'both' && first.kills > 0
      ? { violations: [], needsHand: true }
      : { violations: ['the supervisor died by itself'], needsHand: true }
  }
  const wrong = (what: string): Judged => ({
    violations: [`${what} (status ${first.exitCode}): ${lastWords(first.said, 40)}`],
    needsHand: state?.ended === undefined,
  })
  if (!state) return first.exitCode === 1 ? leftAsIs : wrong('a run that never began')
  if (state.ended !== undefined) return endedWell(night, state) ? allWell : wrong(`it ended ${state.ended}`)
  if (first.kills > mostRestarts) {
    const says = /restarted 3 times; giving up: cutover (resume|undo)/.test(first.said)
    return says && isLeft(state, first) ? leftAsIs : wrong('it was given up without a word')
  }
  if (!isOutside(state, night.lastOfPause)) return wrong('users wait, and nobody takes it up')
  return isLeft(state, first) ? leftAsIs : wrong('it was left with a status that says otherwise')
}

const allWell: Judged = { violations: [], needsHand: false }
const leftAsIs: Judged = { violations: [], needsHand: true }

/** A restarted worker does what the playbook wants, walks back only before the target can hold a write, and says so. */
function endedWell({ point, first, entries }: Night, state: RunState): boolean {
  const wentOn = wentOnBeforeNoReturn(entries)
  if (state.ended === 'completed') return first.exitCode === 0 && !(wentOn && point.recovery === 'undo')
  const mayWalkBack = point.recovery === 'undo' && first.kills > 0 && !state.noReturnPassed
  return state.ended === 'undone' && first.exitCode === 7 && mayWalkBack && !wentOn
}

function wentOnBeforeNoReturn(entries: readonly JournalEntry[]): boolean {
  const first = (type: JournalEntry['type']): number => entries.findIndex((entry) => entry.type === type)
  const [resumed, passed] = [first('run.resumed'), first('no-return.passed')]
  return resumed !== -1 && (passed === -1 || resumed < passed)
}

function isLeft(state: RunState, { exitCode }: Ended): boolean {
  return exitCode === (state.noReturnPassed ? 6 : 8)
}

function isOutside({ phase, items, undoReason }: RunState, lastOfPause: string): boolean {
  if (undoReason) return false
  return phase !== 'pause' || items.get(lastOfPause)?.state === 'done'
}
