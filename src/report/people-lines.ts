import type { JournalEntry } from '../core/journal-entry.ts'

/** Everything that people said and asked while the run went on, with who and when. Empty: nobody did. */
export function peopleLines(entries: readonly JournalEntry[]): readonly string[] {
  const lines = entries.flatMap((entry) => {
    const text = textOf(entry)
    return text === undefined ? [] : [`  ${entry.at}  ${text}`]
  })
  return lines.length === 0 ? [] : ['What people said', ...lines, '']
}

function textOf(entry: JournalEntry): string | undefined {
  switch (entry.type) {
    case 'operator.answered':
      return `${entry.id}: "${entry.question}" ${entry.answer}`
    case 'operator.asked':
      return `${entry.by} asked to ${wishes[entry.wish]}${because(entry.why)}`
    case 'failure.answered':
      return `${entry.by} chose ${entry.choice} for ${entry.id}${because(entry.reason)}`
    case 'operator.note':
      return `${entry.by ?? entry.actor} noted: ${entry.text}`
    case 'run.resumed':
      return entry.by === 'supervisor' ? 'the supervisor took the run up' : `${entry.actor} took the run up`
    default:
      return undefined
  }
}

const wishes = { park: 'stop', undo: 'walk back', hold: 'wait', 'go-on': 'go on' } as const

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`
}
