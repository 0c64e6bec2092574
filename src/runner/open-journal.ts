import { chmod, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CutoverError } from '../core/errors.ts'
import type { EntryBody, JournalEntry } from '../core/journal-entry.ts'
import type { Clock } from '../core/ports/index.ts'
import type { JournalStore } from '../core/ports/journal-store.ts'
import type { Redactor } from '../core/redact.ts'
import { openAppendFile, type AppendFile } from './append-file.ts'
import { digestLine, readJournalText } from './journal-lines.ts'
import { redactEntry } from './redact-entry.ts'

export interface JournalOptions {
  /** Directory of this run alone; made when missing, mode 0700. The file in it is `journal.jsonl`, mode 0600. */
  readonly directory: string
  /** `user@host` of whoever runs this process. */
  readonly actor: string
  readonly clock: Clock
  /** Epoch of the run's lock. */
  readonly epoch: number
  /** Removes known secrets from every entry. Default: none is known. */
  readonly redactor?: Redactor | undefined
}

/**
 * Opens a run's journal, new or begun. An entry that promises a deed is on disk (`fdatasync`) before `append` resolves,
 * and everything before it.
 * @throws CutoverError `journal.unusable` when the file cannot be used or is damaged anywhere but in a cut-off last line.
 */
export async function openJournal(options: JournalOptions): Promise<JournalStore> {
  const path = join(options.directory, 'journal.jsonl')
  const file = await openFile(options.directory, path)
  try {
    const { entries, wholeBytes, lastDigest } = readJournalText(await file.read(), path)
    await file.truncate(wholeBytes)
    return storeOn(file, path, options, entries.length, lastDigest)
  } catch (error) {
    await file[Symbol.asyncDispose]()
    throw error
  }
}

/** What was seen and not what is going to be done: without it, a step or gate is looked at once more. */
const promisesNothing: ReadonlySet<EntryBody['type']> = new Set([
  'step.done',
  'gate.waiting',
  'gate.read',
  'gate.opened',
])

function storeOn(
  file: AppendFile,
  path: string,
  options: JournalOptions,
  count: number,
  lastDigest: string,
): JournalStore {
  let seq = count
  let prev = lastDigest
  let queue: Promise<unknown> = Promise.resolve()

  async function write(body: EntryBody, sync?: 'later'): Promise<JournalEntry> {
    const entry: JournalEntry = {
      seq: seq + 1,
      at: options.clock.now().toISOString(),
      monoMs: Math.round(options.clock.monotonicMs()),
      pid: process.pid,
      actor: options.actor,
      epoch: options.epoch,
      prev,
      ...(options.redactor ? redactEntry(body, options.redactor) : body),
    }
    const line = JSON.stringify(entry)
    await file.append(line, promisesNothing.has(body.type) ? 'later' : sync)
    seq = entry.seq
    prev = digestLine(line)
    return entry
  }

  return {
    append(body, sync) {
      // One after the other: two entries at once would both follow the same line.
      const next = queue.then(() => write(body, sync))
      queue = next.catch(() => undefined)
      return next
    },
    async read() {
      await queue
      return readJournalText(await file.read(), path).entries
    },
    async [Symbol.asyncDispose]() {
      await queue
      await file[Symbol.asyncDispose]()
    },
  }
}

async function openFile(directory: string, path: string): Promise<AppendFile> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await chmod(directory, 0o700) // mkdir leaves the mode of a directory that is already there
    const file = await openAppendFile(path)
    // A file whose directory entry is not on disk is gone after a power loss, whatever was synced into it.
    await syncDirectory(directory)
    await syncDirectory(dirname(directory))
    return file
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new CutoverError('journal.unusable', `the journal cannot be opened: ${code}`, {
      where: path,
      hint: 'Choose a directory that this user may write.',
    })
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
