import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CutoverError, toCutoverError } from '../core/errors.ts'
import { foldJournal } from '../core/fold.ts'
import type { JournalEntry } from '../core/journal-entry.ts'
import { readJournalText } from './journal-lines.ts'

/** What can be said about a journal that is whole. */
export interface JournalFacts {
  readonly file: string
  readonly entries: readonly JournalEntry[]
  /** SHA-256 of the last whole line: whoever keeps it can tell later that nothing before it was changed. */
  readonly lastHash: string
  /** Bytes of a last line that was cut off while it was written; 0 when there is none. */
  readonly tornBytes: number
  /** Each epoch of the lock, and the number of the first entry written under it. */
  readonly epochs: readonly { readonly epoch: number; readonly seq: number; readonly actor: string }[]
  /** Permission bits of the file. */
  readonly mode: number
}

/**
 * Checks a journal line by line: JSON, numbering, chain, kinds, epochs. Changes nothing and takes no lock, so a run may
 * be going on: a line it is just writing looks like one that was cut off.
 * @throws CutoverError `journal.unusable` with `where` as file:line.
 */
export async function inspectJournal(directory: string): Promise<JournalFacts> {
  const file = join(directory, 'journal.jsonl')
  const [bytes, { mode }] = await readBoth(file)
  const { entries, wholeBytes, lastDigest } = readJournalText(bytes, file)
  checkKinds(entries, file)
  const tornBytes = bytes.length - wholeBytes
  return {
    file,
    entries,
    lastHash: lastDigest,
    tornBytes,
    epochs: epochsOf(entries, file),
    mode: mode & 0o777,
  }
}

function readBoth(file: string): Promise<[Buffer, { readonly mode: number }]> {
  return Promise.all([readFile(file), stat(file)]).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new CutoverError('journal.unusable', `the journal cannot be read: ${code}`, { where: file })
  })
}

function checkKinds(entries: readonly JournalEntry[], file: string): void {
  const [first] = entries
  if (first && first.type !== 'run.started')
    throw damaged(file, first, `it is ${first.type}, not run.started`)
  for (const entry of entries) {
    try {
      foldJournal([entry])
    } catch (error) {
      const { message, hint } = toCutoverError(error)
      throw new CutoverError('journal.unusable', message, {
        where: placeOf(file, entry),
        ...(hint && { hint }),
      })
    }
  }
}

/** The epoch rises with every taking of the lock. A lower one was written by a runner that had lost it. */
function epochsOf(entries: readonly JournalEntry[], file: string): JournalFacts['epochs'] {
  const epochs: { epoch: number; seq: number; actor: string }[] = []
  for (const entry of entries) {
    const last = epochs.at(-1)?.epoch ?? -1
    if (entry.epoch < last) {
      throw damaged(file, entry, `its epoch is ${entry.epoch}, and the lock was at ${last} already`)
    }
    if (entry.epoch > last) epochs.push({ epoch: entry.epoch, seq: entry.seq, actor: entry.actor })
  }
  return epochs
}

function damaged(file: string, entry: JournalEntry, why: string): CutoverError {
  return new CutoverError('journal.unusable', `line ${entry.seq} of the journal is wrong: ${why}`, {
    where: placeOf(file, entry),
    hint: 'Do not act on this run before somebody has found out who wrote that line.',
  })
}

/** One entry a line, numbered from 1. */
function placeOf(file: string, { seq }: JournalEntry): string {
  return `${file}:${seq}`
}
