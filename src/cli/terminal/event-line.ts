import { formatMs } from '../../core/deadline.ts'
import type { FailureRecord, JournalEntry } from '../../core/journal-entry.ts'
import type { RunEvent } from '../../core/run-event.ts'
import type { ShownPlaybook } from './shown-playbook.ts'

export type Tone = 'plain' | 'good' | 'bad' | 'loud' | 'quiet'

export interface Line {
  readonly tone: Tone
  readonly text: string
}

/** Turns events into lines that stay on the screen; what only moves (gate readings) gives none. */
export class EventLines {
  readonly #order: ReadonlyMap<string, number>
  readonly #pauseBudgetMs: number
  readonly #began = new Map<string, number>()
  /** A run that is taken up has a past that is not told again. */
  #mayHaveChanged = true
  #lastFailure = ''

  constructor(playbook: ShownPlaybook) {
    this.#order = new Map(playbook.items.map((item, index) => [item.id, index + 1]))
    this.#pauseBudgetMs = playbook.pauseBudgetMs
  }

  line(event: RunEvent): Line | undefined {
    switch (event.type) {
      case 'journal':
        return this.#entryLine(event.entry)
      case 'gate.reading':
        return undefined
      case 'say':
        return { tone: 'quiet', text: `         ${event.text}` }
      case 'undo.retry':
        return bad(
          `undo of ${event.id} failed (${event.attempt} of ${event.attempts}), again in ${formatMs(event.waitMs)}`,
          event.failure,
        )
      case 'pause.over-budget':
        return loud(
          `The pause is longer than its budget of ${formatMs(event.budgetMs)}; ${event.passed ? 'it is too late to walk back' : 'the playbook says to go on'}.`,
        )
      case 'run.held':
        return loud(`Waiting here: ${event.reason}. Go on with: cutover continue`)
      case 'window.waiting':
        return undefined
      case 'stop.deferred':
        return loud(`Stop asked for (${event.reason}): the pause is finished first.`)
    }
  }

  #entryLine(entry: JournalEntry): Line | undefined {
    switch (entry.type) {
      case 'phase.started': {
        const budget = entry.phase === 'pause' ? `, budget ${formatMs(this.#pauseBudgetMs)}` : ''
        return { tone: 'plain', text: `\n${entry.phase}${budget}` }
      }
      case 'step.intended':
        this.#mayHaveChanged = true
        this.#began.set(entry.id, entry.monoMs)
        return undefined
      case 'gate.waiting':
      case 'undo.intended':
        this.#began.set(entry.id, entry.monoMs)
        return undefined
      case 'gate.read':
        return entry.reading.state === 'open'
          ? undefined
          : quiet(`${this.#name(entry.id)}  waits: ${entry.reading.reason}`)
      case 'gate.opened':
        return good(`${this.#name(entry.id)}  ${entry.measured}${this.#took(entry)}`)
      case 'step.done':
        return good(`${this.#name(entry.id)}  ${entry.evidence}${this.#took(entry)}`)
      case 'gate.failed':
      case 'step.failed':
        this.#lastFailure = entry.failure.message
        return bad(`${this.#name(entry.id)}${this.#took(entry)}`, entry.failure)
      case 'undo.done':
        return good(`undone ${entry.id}  ${entry.evidence}${this.#took(entry)}`)
      case 'undo.skipped':
        return quiet(`kept   ${entry.id}  ${entry.why}`)
      case 'undo.failed':
        return bad(`undo of ${entry.id} failed`, entry.failure)
      case 'undo.started':
        return this.#walkingBack(entry.reason)
      case 'no-return.passed':
        return loud('Point of no return: from here the run only goes forward.')
      case 'operator.answered':
        return quiet(`${this.#name(entry.id)}  answered: ${entry.answer}`)
      case 'operator.asked':
        return loud(`${entry.by} asks: ${entry.wish}${entry.why ? ` (${entry.why})` : ''}`)
      case 'failure.answered':
        return loud(
          `${entry.id}: ${entry.by} chose ${entry.choice}${entry.reason ? `: ${entry.reason}` : ''}`,
        )
      case 'item.skipped':
        return quiet(`${this.#name(entry.id)}  skipped by ${entry.by}: ${entry.reason}`)
      case 'operator.note':
        return quiet(`note${entry.by ? ` of ${entry.by}` : ''}: ${entry.text}`)
      case 'run.resumed':
        this.#began.clear() // another process has another clock
        return loud('Going on where the journal ends.')
      case 'run.started':
        this.#mayHaveChanged = false
        return undefined
      case 'run.ended':
        return undefined
    }
  }

  #walkingBack(reason: FailureRecord): Line | undefined {
    const isTold = reason.message === this.#lastFailure
    if (!this.#mayHaveChanged) return isTold ? undefined : loud(`Ending: ${reason.message}`)
    return loud(isTold ? 'Walking back.' : `Walking back: ${reason.message}`)
  }

  #name(id: string): string {
    const index = this.#order.get(id) ?? 0
    return `${String(index).padStart(2)}/${this.#order.size} ${id.padEnd(24)}`
  }

  #took(entry: JournalEntry & { readonly id: string }): string {
    const began = this.#began.get(entry.id)
    return began === undefined ? '' : `  (${formatMs(entry.monoMs - began)})`
  }
}

const good = (text: string): Line => ({ tone: 'good', text: `  ✔ ${text}` })
const quiet = (text: string): Line => ({ tone: 'quiet', text: `  · ${text}` })
const loud = (text: string): Line => ({ tone: 'loud', text: `  ! ${text}` })

function bad(text: string, failure: FailureRecord): Line {
  const hint = failure.hint ? `\n      next: ${failure.hint}` : ''
  return { tone: 'bad', text: `  ✖ ${text}\n      ${failure.message}${hint}` }
}
