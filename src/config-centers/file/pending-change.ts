import { readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncFolder, writeNewFile } from './durable-file.ts'
import { ifThere } from './file-failure.ts'

/** A change that is about to be made and committed. Whoever takes the lock next reads it when this process dies. */
export interface PendingChange {
  /** Within the center's folder. */
  readonly path: string
  readonly message: string
  /** Etag before and after; null: no document. */
  readonly before: string | null
  readonly after: string | null
}

/** Resolves when it is on disk. */
export async function notePending(file: string, change: PendingChange): Promise<void> {
  const draft = join(dirname(file), '.pending.draft')
  await rm(draft, { force: true })
  await writeNewFile(draft, JSON.stringify(change))
  await rename(draft, file)
  await syncFolder(dirname(file))
}

/** Null: there is none. */
export async function readPending(file: string): Promise<PendingChange | null> {
  const text = await ifThere(readFile(file, 'utf8'))
  return text === undefined ? null : pendingIn(text)
}

export async function forgetPending(file: string): Promise<void> {
  await rm(file, { force: true })
}

function pendingIn(text: string): PendingChange | null {
  try {
    const { path, message, before, after } = JSON.parse(text) as Partial<Record<keyof PendingChange, unknown>>
    if (typeof path !== 'string' || typeof message !== 'string') return null
    return { path, message, before: textOrNull(before), after: textOrNull(after) }
  } catch {
    return null // somebody damaged it; the document is then looked at as it is
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
