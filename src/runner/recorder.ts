import { toCutoverError, type CutoverError } from '../core/errors.ts'
import { createFold } from '../core/fold.ts'
import type { EntryBody, JournalEntry } from '../core/journal-entry.ts'
import type { JournalStore } from '../core/ports/journal-store.ts'
import type { RunEvent } from '../core/run-event.ts'
import type { RunState } from '../core/run-state.ts'

/** Writes the journal and tells whoever watches. The journal comes first: what it refuses is not told either. */
export interface Recorder {
  /**
   * @param sync `later`: another entry follows before anything is done.
   * @throws CutoverError when the entry is not in the journal; `lost` is then set, and nothing may be done any more.
   */
  append(body: EntryBody, sync?: 'later'): Promise<JournalEntry>
  /** Never throws: a terminal that went away must not break a run. */
  emit(event: RunEvent): void
  /** Everything so far, folded. */
  state(): RunState
  /** Somebody else has the run now, and the journal with it: nothing is written from here any more. */
  lose(why: CutoverError): void
  /** Why the journal can no longer be written. */
  readonly lost: CutoverError | undefined
}

export async function createRecorder(
  journal: JournalStore,
  onEvent: (event: RunEvent) => void,
): Promise<Recorder> {
  const fold = createFold()
  for (const entry of await journal.read()) fold.add(entry)
  let lost: CutoverError | undefined
  return {
    async append(body, sync) {
      if (lost) throw lost
      try {
        const entry = await journal.append(body, sync)
        fold.add(entry)
        tell(onEvent, { type: 'journal', entry })
        return entry
      } catch (error) {
        const failure = toCutoverError(error)
        // Anything else is a refusal of this one entry, and the journal still works.
        if (failure.code === 'journal.unusable') lost = failure
        throw failure
      }
    },
    emit: (event) => tell(onEvent, event),
    lose(why) {
      lost ??= why
    },
    state: () => fold.state(),
    get lost() {
      return lost
    },
  }
}

function tell(onEvent: (event: RunEvent) => unknown, event: RunEvent): void {
  try {
    const answer = onEvent(event)
    // An async listener's failure would otherwise end the process as an unhandled rejection.
    if (answer instanceof Promise) answer.catch(ignore)
  } catch (error) {
    ignore(error)
  }
}

/** A listener's failure has nowhere to go: telling it is what just failed. */
function ignore(_error: unknown): void {
  return undefined
}
