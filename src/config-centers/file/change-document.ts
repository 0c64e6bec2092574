import { CutoverError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { DocumentRef, Expectation, StoredDocument } from '../../core/ports/config-center.ts'
import { conflict, requireExpected } from '../shared/write-outcomes.ts'
import { lockDirectory } from './directory-lock.ts'
import { findPlace, findRoot, requireNames, requireOwnPlace } from './document-place.ts'
import { fileFailure, tellingFailures } from './file-failure.ts'
import type { Keeper } from './keeper.ts'
import { openPrivateFolder } from './private-folder.ts'
import { readDocumentFile } from './read-document-file.ts'
import type { DocumentFile } from './read-document-file.ts'
import { swapFile } from './swap-file.ts'
import type { SwappedFile } from './swap-file.ts'

/** A folder of documents, and how its earlier versions are kept. */
export interface DocumentFolder {
  /** The system's name in the playbook. */
  readonly name: string
  readonly directory: string
  readonly keeper: Keeper
  readonly clock: Clock
}

/** What a document becomes. */
export interface WantedChange {
  readonly ref: DocumentRef
  /** Null: it is removed. */
  readonly content: string | null
  readonly expect: Expectation
}

/**
 * Changes a document when the expectation holds, and proves it by reading back.
 *
 * 1. The lock: of all processes of this machine one at a time goes on.
 * 2. What a process that died here left half recorded is finished.
 * 3. The document is read and held against the expectation.
 * 4. Whoever keeps the history says whether the change can be recorded, and notes that it is coming.
 * 5. The new content is put on disk under another name, then given the document's. That line alone changes anything.
 * 6. The change is recorded; where that is refused, the old file itself is put back.
 * 7. The document is read again.
 */
export async function changeDocument(
  folder: DocumentFolder,
  wanted: WantedChange,
  signal: AbortSignal,
): Promise<StoredDocument | null> {
  const { name, directory, keeper, clock } = folder
  requireNames(name, wanted.ref)
  if (wanted.content !== null) requireStorable(folder, wanted.ref, wanted.content)
  signal.throwIfAborted()
  const root = await findRoot(name, directory)
  await keeper.requireUsable()
  const { locks } = await tellingFailures(`${name} cannot be written`, root, () => openPrivateFolder(root))
  await using lock = await tellingFailures(`${name} cannot be locked`, locks, () =>
    lockDirectory(locks, name, clock, signal),
  )
  await keeper.recover()
  return await changeLocked(folder, wanted, async () => {
    await lock.requireHeld()
    signal.throwIfAborted()
  })
}

async function changeLocked(
  folder: DocumentFolder,
  { ref, content, expect }: WantedChange,
  requireMay: () => Promise<void>,
): Promise<StoredDocument | null> {
  const title = titleOf(folder, ref)
  const place = await findPlace(folder.name, folder.directory, ref)
  const before = await readDocumentFile(place, title)
  requireExpected(folder, ref, before && rowOf(before), expect)
  if (before?.content === content || (before === null && content === null)) return before
  requireOwnPlace(folder.name, place, ref)
  const record = await folder.keeper.prepare({ ref, title, place, before, content })
  const swapped = await droppingRecord(() => swapFile({ place, before, content }, title, requireMay), record)
  await enterRecord(swapped, record, title)
  await swapped.keep()
  const now = await readDocumentFile(place, title)
  if ((now?.content ?? null) !== content) throw conflict(folder, ref, now && rowOf(now))
  return now
}

/** `orders.yaml in files` */
export function titleOf({ name }: Pick<DocumentFolder, 'name'>, { dataId }: DocumentRef): string {
  return `${dataId} in ${name}`
}

interface Droppable {
  drop(): Promise<void>
}

async function droppingRecord<T>(work: () => Promise<T>, record: Droppable): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const isOpen = error instanceof CutoverError && error.code === 'system.ambiguous'
    if (!isOpen) await record.drop()
    throw error
  }
}

async function enterRecord(
  swapped: SwappedFile,
  record: Awaited<ReturnType<Keeper['prepare']>>,
  title: string,
): Promise<void> {
  try {
    await record.enter()
  } catch (error) {
    try {
      await swapped.takeBack()
    } catch (second) {
      const { message } = fileFailure(second, `${title} cannot be put back`, title)
      throw new CutoverError('system.ambiguous', `${title} was written but not recorded, and ${message}`, {
        where: title,
        hint: 'Look at the document and at the folder it is in, then resume or undo the run.',
        cause: error,
      })
    }
    await record.drop()
    throw error
  }
}

function requireStorable(folder: DocumentFolder, ref: DocumentRef, content: string): void {
  const title = titleOf(folder, ref)
  if (content.trim() === '') {
    throw new CutoverError('system.refused', `${title} would become empty`, { where: title })
  }
  // With the u flag this matches halves of characters only.
  if (/[\ud800-\udfff]/u.test(content)) {
    throw new CutoverError('system.refused', `the new text of ${title} is not valid Unicode`, {
      where: title,
    })
  }
}

function rowOf(
  file: DocumentFile,
): DocumentFile & { readonly modifiedAt: string; readonly modifiedBy: string } {
  return { ...file, modifiedAt: new Date(Number(file.stats.mtimeMs)).toISOString(), modifiedBy: '' }
}
