import { foldJournal } from '../core/fold.ts'
import type { JournalEntry } from '../core/journal-entry.ts'
import type { Playbook } from '../core/playbook.ts'
import { tellWhatIsTrue, tellWhatToDo } from '../core/tell-state.ts'
import { itemLines } from './item-lines.ts'
import { peopleLines } from './people-lines.ts'
import { verdictLine } from './verdict-line.ts'

export interface ReportInput {
  /** Given: items that were never reached are shown too. Default: what the journal knows. */
  readonly playbook?: Pick<Playbook, 'phases' | 'file'> | undefined
  readonly entries: readonly JournalEntry[]
}

/** The report of a run as text. A pure function of the journal: it works for a run that crashed or still goes on. */
export function renderReport(input: ReportInput): string {
  const { entries, playbook } = input
  const state = foldJournal(entries)
  const lines = [
    verdictLine(state, entries.at(-1)),
    ...(state.runId ? [`run ${state.runId} of ${state.playbook}, begun ${state.startedAt}`] : []),
    '',
    ...itemLines(state, playbook),
    ...peopleLines(entries),
    'What is true now',
    ...tellWhatIsTrue(state, playbook).map((line) => `  ${line}`),
    '',
    'What to do',
    ...tellWhatToDo(state, playbook).map((line) => `  ${line}`),
  ]
  return `${lines.join('\n')}\n`
}
