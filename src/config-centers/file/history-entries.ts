import { randomBytes } from 'node:crypto'
import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder, writeNewFile } from './durable-file.ts'
import { ifThere } from './file-failure.ts'

/** A change of a document as its file has it. For a removal, `content` is what was removed. */
export interface HistoryEntry {
  /** ISO 8601. */
  readonly at: string
  readonly by: string
  readonly operation: 'insert' | 'update' | 'delete'
  readonly content: string
}

export interface NumberedEntry {
  readonly id: string
  readonly entry: HistoryEntry
}

/** Entries that are kept per document. */
const kept = 100

/** Writes an entry that is not in the history yet. @returns its path. */
export async function draftEntry(folder: string, entry: HistoryEntry): Promise<string> {
  const path = join(folder, `draft-${randomBytes(8).toString('hex')}`)
  await writeNewFile(path, JSON.stringify(entry))
  return path
}

/** Makes a draft the newest entry. Needs no room on the disk. */
export async function enterDraft(folder: string, draft: string): Promise<void> {
  const next = Number((await readIds(folder))[0] ?? 0) + 1
  await rename(draft, join(folder, `${String(next).padStart(9, '0')}.json`))
  await syncFolder(folder)
}

/** Takes away the drafts of writers that died. Only for who holds the lock. */
export async function sweepDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.startsWith('draft-')) await rm(join(folder, name), { force: true })
}

/** Forgets the oldest entries beyond 100. */
export async function pruneEntries(folder: string): Promise<void> {
  for (const id of (await readIds(folder)).slice(kept)) await rm(join(folder, `${id}.json`), { force: true })
}

/** Newest first; those that somebody damaged are left out. */
export async function readEntries(folder: string): Promise<readonly NumberedEntry[]> {
  const entries: NumberedEntry[] = []
  for (const id of await readIds(folder)) {
    const entry = await readEntry(folder, id)
    if (entry) entries.push({ id, entry })
  }
  return entries
}

/** Undefined: there is none, or somebody damaged it. */
export async function readEntry(folder: string, id: string): Promise<HistoryEntry | undefined> {
  if (!/^\d{9}$/.test(id)) return undefined
  const text = await ifThere(readFile(join(folder, `${id}.json`), 'utf8'))
  return text === undefined ? undefined : entryIn(text)
}

async function readIds(folder: string): Promise<readonly string[]> {
  const names = (await ifThere(readdir(folder))) ?? []
  const ids = names.flatMap((name) => /^(\d{9})\.json$/.exec(name)?.[1] ?? [])
  return ids.sort().toReversed()
}

function entryIn(text: string): HistoryEntry | undefined {
  try {
    const { at, by, operation, content } = JSON.parse(text) as Partial<Record<keyof HistoryEntry, unknown>>
    if (typeof at !== 'string' || typeof by !== 'string' || typeof content !== 'string') return undefined
    if (operation !== 'insert' && operation !== 'update' && operation !== 'delete') return undefined
    return { at, by, operation, content }
  } catch {
    return undefined
  }
}
