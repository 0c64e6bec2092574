import { createHash } from 'node:crypto'
import { CutoverError } from '../core/errors.ts'
import type { JournalEntry } from '../core/journal-entry.ts'

/** A journal file's text, read and checked. */
export interface JournalText {
  readonly entries: readonly JournalEntry[]
  /** Bytes of the whole lines; what comes after them is a line that was cut off while it was written. */
  readonly wholeBytes: number
  /** What the next entry's `prev` must be. */
  readonly lastDigest: string
}

/** SHA-256 of a line without its line end. */
export function digestLine(line: string): string {
  return createHash('sha256').update(line).digest('hex')
}

/**
 * Reads a journal. A last line without its line end was never acknowledged, so nothing was done on its word: it is left
 * out. Any other damage means that the record cannot be believed.
 * @throws CutoverError `journal.unusable`, naming the line.
 */
export function readJournalText(bytes: Buffer, file: string): JournalText {
  const wholeBytes = bytes.lastIndexOf(0x0a) + 1
  const lines = bytes.subarray(0, wholeBytes).toString('utf8').split('\n').slice(0, -1)
  let lastDigest = ''
  const entries = lines.map((line, index) => {
    const entry = parseLine(line, file, index + 1)
    if (entry.seq !== index + 1) throw damaged(file, index + 1, `its number is ${entry.seq}`)
    if (entry.prev !== lastDigest) throw damaged(file, index + 1, 'it does not follow the line before it')
    lastDigest = digestLine(line)
    return entry
  })
  return { entries, wholeBytes, lastDigest }
}

function parseLine(line: string, file: string, number: number): JournalEntry {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw damaged(file, number, 'it is not JSON')
  }
  if (!isEntry(value)) throw damaged(file, number, 'it is not a journal entry')
  return value
}

function isEntry(value: unknown): value is JournalEntry {
  if (typeof value !== 'object' || value === null) return false
  const head = value as Record<string, unknown>
  const texts = ['type', 'at', 'actor', 'prev'].every((key) => typeof head[key] === 'string')
  return texts && ['seq', 'monoMs', 'pid', 'epoch'].every((key) => typeof head[key] === 'number')
}

function damaged(file: string, line: number, why: string): CutoverError {
  return new CutoverError('journal.unusable', `line ${line} of the journal is damaged: ${why}`, {
    where: `${file}:${line}`,
    hint: 'Do not edit it. Restore the file from a copy, or settle the run by hand with the report of what it did.',
  })
}
