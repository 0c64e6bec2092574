import { formatMs } from '../core/deadline.ts'
import { endSentence } from '../core/end-sentence.ts'
import type { JournalEntry } from '../core/journal-entry.ts'
import type { RunState } from '../core/run-state.ts'

/** The first sentence of a report: how it ended. */
export function verdictLine(state: RunState, last: JournalEntry | undefined): string {
  if (!last) return 'The journal is empty: the run did not begin.'
  // The wall clock may have been set back in between.
  const time = formatMs(Math.max(0, Date.parse(state.lastAt) - Date.parse(state.startedAt)))
  switch (state.ended) {
    case 'completed':
      return `Completed in ${time}. ${verifiedText(state)}`
    case 'undone':
      return `${undoneText(state)} ${becauseText(state)}`
    case 'stopped':
      return `Stopped as it stands after ${time}; nothing was walked back. ${becauseText(state)}`
    case 'stranded':
      return `STRANDED: the undo did not finish, a person is needed. ${becauseText(state)}`
    default:
      return `The run did not end: its last entry is ${last.type} at ${last.at}. It is still going on, or its process died.`
  }
}

function verifiedText(state: RunState): string {
  const skipped = [...state.items.values()].filter((item) => item.state === 'skipped')
  if (skipped.length === 0) return 'Every step is verified.'
  return `Every step is verified, except what was left out: ${skipped.map(({ id }) => id).join(', ')}.`
}

function undoneText(state: RunState): string {
  const items = [...state.items.values()]
  if (items.some((item) => item.touched)) return 'Walked back, except for what has no undo.'
  if (items.some((item) => item.state === 'undone')) return 'Walked back: everything is as it was before.'
  return 'Ended before anything was changed.'
}

function becauseText(state: RunState): string {
  if (!state.failure) return ''
  const { code, message } = state.failure
  const who = code === 'operator.declined' ? 'The operator said no' : 'Cause'
  return endSentence(
    state.failedItem === undefined ? `${who}: ${message}` : `${who}, at ${state.failedItem}: ${message}`,
  )
}
