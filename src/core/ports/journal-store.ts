import type { EntryBody, JournalEntry } from '../journal-entry.ts'

/** The append-only record of one run. */
export interface JournalStore extends AsyncDisposable {
  /**
   * Written when it resolves: the entry outlives this process. On disk, too, except for entries that promise no deed (a
   * step is done, a gate was read) or are appended with `later`: those are on disk before the next one that promises
   * something, and soon in any case. A machine that loses power before leaves a step in doubt, which is settled by looking.
   * @param sync `later`: another entry follows before anything is done.
   * @throws CutoverError `journal.unusable`.
   */
  append(body: EntryBody, sync?: 'later'): Promise<JournalEntry>
  /** Everything so far, in order. A torn last line is left out; anything else wrong throws `journal.unusable`. */
  read(): Promise<readonly JournalEntry[]>
}
