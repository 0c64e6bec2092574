import type { FailureRecord, JournalEntry } from '../core/journal-entry.ts'
import type { GateReading } from '../core/gate.ts'

/** One entry of a journal as one line: number, time, kind, item, and what it says. Of kinds it does not know it says less. */
export function entryText(entry: JournalEntry): string {
  const item = 'id' in entry ? entry.id : ''
  const text = `${String(entry.seq).padStart(4)}  ${entry.at.replace('T', ' ')}  ${entry.type.padEnd(17)}  ${item}`
  const detail = detailOf(entry)
  return oneLine(detail === '' ? text : `${text}${item === '' ? '' : '  '}${detail}`).trimEnd()
}

function detailOf(entry: JournalEntry): string {
  switch (entry.type) {
    case 'run.started':
      return `${entry.runId} of ${entry.playbook}, kit ${entry.kit}, by ${entry.actor}`
    case 'run.resumed':
      return `by ${entry.by === 'supervisor' ? 'the supervisor' : entry.actor}`
    case 'phase.started':
      return entry.phase
    case 'gate.waiting':
    case 'step.intended':
      return `(${entry.uses})`
    case 'gate.read':
      return readingText(entry.reading)
    case 'gate.opened':
      return entry.measured
    case 'step.done':
    case 'undo.done':
      return entry.evidence
    case 'undo.skipped':
      return entry.why
    case 'undo.started':
      return failureText(entry.reason)
    case 'gate.failed':
    case 'step.failed':
    case 'undo.failed':
      return failureText(entry.failure)
    case 'run.ended':
      return entry.failure ? `${entry.outcome}: ${failureText(entry.failure)}` : entry.outcome
    default:
      return personText(entry)
  }
}

function personText(entry: JournalEntry): string {
  switch (entry.type) {
    case 'operator.answered':
      return `${entry.question} ${entry.answer}`
    case 'operator.note':
      return `${entry.text}${by(entry.by)}`
    case 'operator.asked':
      return `${entry.wish}${by(entry.by)}${because(entry.why)}`
    case 'failure.answered':
      return `${entry.choice}${by(entry.by)}${because(entry.reason)}`
    case 'item.skipped':
      return `skipped${by(entry.by)}${because(entry.reason)}`
    default:
      return ''
  }
}

function readingText(reading: GateReading): string {
  return reading.state === 'open' ? `open: ${reading.measured}` : `${reading.state}: ${reading.reason}`
}

function failureText({ code, message }: FailureRecord): string {
  return `${message} [${code}]`
}

function by(who: string | undefined): string {
  return who === undefined ? '' : ` (${who})`
}

function because(why: string | undefined): string {
  return why === undefined ? '' : `: ${why}`
}

/** What systems answered stands in a journal; none of it may move the cursor or begin a line. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, ' ')
}
