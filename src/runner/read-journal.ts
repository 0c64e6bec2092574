import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CutoverError } from '../core/errors.ts'
import type { JournalEntry } from '../core/journal-entry.ts'
import { readJournalText } from './journal-lines.ts'

/**
 * Reads the journal of a run, also of one that is still going on; changes nothing.
 * @param directory the run's directory, the one with `journal.jsonl` in it.
 * @throws CutoverError `journal.unusable`.
 */
export async function readJournal(directory: string): Promise<readonly JournalEntry[]> {
  const path = join(directory, 'journal.jsonl')
  return readJournalText(await readBytes(path), path).entries
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new CutoverError('journal.unusable', `the journal cannot be read: ${code}`, {
      where: path,
      hint: 'Name the directory of a run, such as runs/<run id>.',
    })
  }
}
