import { createFold } from '../../core/fold.ts'
import type { JournalEntry } from '../../core/journal-entry.ts'
import type { RunPosition } from '../../core/run-control.ts'
import type { RunEvent } from '../../core/run-event.ts'
import { liveFacts, type LiveFacts, type Doing } from './live-facts.ts'
import type { ShownPlaybook } from './shown-playbook.ts'

/** Follows a run and says at any moment what there is to know of it. */
export class RunView {
  readonly #playbook: ShownPlaybook
  readonly #fold = createFold()
  #doing: Doing | undefined

  constructor(playbook: ShownPlaybook) {
    this.#playbook = playbook
  }

  /** What was in the journal before this process came. */
  recall(entries: readonly JournalEntry[]): void {
    for (const entry of entries) this.#fold.add(entry)
  }

  /** @param now milliseconds since 1970. */
  see(event: RunEvent, now: number): void {
    if (event.type === 'journal') {
      this.recall([event.entry])
      this.#seeEntry(event.entry)
    } else if (event.type === 'gate.reading') {
      const { reading, good, goodWanted } = event
      const why = reading.state === 'open' ? `open ${good}/${goodWanted}` : reading.reason
      this.#doing = { id: event.id, text: `${event.id}: ${why}`, endsAt: now + event.remainingMs }
    } else if (event.type === 'window.waiting') {
      this.#doing = { id: '', text: 'waits for the window', opensAt: now + event.opensInMs }
    } else if (event.type === 'run.held') {
      this.#doing = { id: '', text: `waits here: ${event.reason}` }
    }
  }

  /** @param now milliseconds since 1970. */
  facts(position: RunPosition, now: number): LiveFacts {
    return liveFacts({
      playbook: this.#playbook,
      state: this.#fold.state(),
      position,
      doing: this.#doing,
      now,
    })
  }

  #seeEntry(entry: JournalEntry): void {
    if (entry.type === 'step.intended') this.#doing = { id: entry.id, text: `${entry.id} …` }
    else if (entry.type === 'gate.waiting') this.#doing = { id: entry.id, text: `${entry.id}: first look` }
    else if (entry.type === 'undo.intended') this.#doing = { id: entry.id, text: `undo ${entry.id} …` }
    else if (isOutcome(entry) || isRelease(entry)) this.#doing = undefined
  }
}

/** It waits no longer, should it have waited. */
function isRelease(entry: JournalEntry): boolean {
  return entry.type === 'operator.asked' && entry.wish === 'go-on'
}

/** What was in hand has ended. */
function isOutcome(entry: JournalEntry): boolean {
  return /^(?:step|gate|undo)\.(?:done|failed|opened|skipped)$|^(?:item\.skipped|phase\.started)$/.test(
    entry.type,
  )
}
