import type { EntryBody, JournalEntry } from '../journal-entry.ts'

/** The append-only record of one run. */
export interface JournalStore extends AsyncDisposable {
  /** Durable when it resolves: the line is on disk. @throws CutoverError `journal.unusable`. */
  append(body: EntryBody): Promise<JournalEntry>
  /** Everything so far, in order. A torn last line is left out; anything else wrong throws `journal.unusable`. */
  read(): Promise<readonly JournalEntry[]>
}
