import type { EntryBody, JournalEntry } from '../../../src/core/journal-entry.ts'
import type { Clock } from '../../../src/core/ports/index.ts'
import type { JournalStore } from '../../../src/core/ports/journal-store.ts'

export interface MemoryJournal extends JournalStore {
  readonly entries: readonly JournalEntry[]
  /** Those that were allowed to be brought to disk later. */
  readonly postponed: readonly JournalEntry[]
}

/** A journal in memory, held to the same contract as the one on disk (journal-store.test.ts). */
export function createMemoryJournal(
  clock: Clock,
  entries: readonly JournalEntry[] = [],
  beforeAppend: (body: EntryBody, seq: number) => void = () => undefined,
): MemoryJournal {
  const written = [...entries]
  const postponed: JournalEntry[] = []
  return {
    get entries() {
      return written
    },
    postponed,
    async append(body, sync) {
      const seq = written.length + 1
      beforeAppend(body, seq)
      const entry: JournalEntry = {
        seq,
        at: clock.now().toISOString(),
        monoMs: clock.monotonicMs(),
        pid: process.pid,
        actor: 'tester@here',
        epoch: 1,
        prev: '',
        ...structuredClone(body),
      }
      written.push(entry)
      if (sync === 'later') postponed.push(entry)
      return entry
    },
    async read() {
      return [...written]
    },
    async [Symbol.asyncDispose]() {
      // Nothing is held.
    },
  }
}
