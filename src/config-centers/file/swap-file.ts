import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { chown, link, lstat, mkdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CutoverError } from '../../core/errors.ts'
import { codeOf, fileFailure } from './file-failure.ts'
import type { DocumentPlace } from './document-place.ts'
import { sweep, syncFolder, temporaryPath, writeNewFile } from './durable-file.ts'
import type { DocumentFile } from './read-document-file.ts'

/** A change of a document that can still be taken back. */
export interface SwappedFile {
  /** It stays. */
  keep(): Promise<void>
  /** The very file that was there before is there again, or none if there was none. */
  takeBack(): Promise<void>
}

/** What to do, and what was seen when it was decided. */
export interface FileChange {
  readonly place: DocumentPlace
  /** Null: there was none. */
  readonly before: DocumentFile | null
  /** Null: remove it. */
  readonly content: string | null
}

/**
 * Puts the new content where the document is, whole or not at all, with the mode and owner of the old file; a new
 * document is for its owner alone, who is the folder's when this is root. Everything before the one line that
 * gives the new file its name can fail, or be the last this process does, without a trace in the document.
 * @param requireMay asked right before that line.
 * @throws CutoverError `conflict` when somebody changed the document in between; then and for all others nothing
 *   changed, but for `system.ambiguous`.
 */
export async function swapFile(
  change: FileChange,
  title: string,
  requireMay: () => Promise<void>,
): Promise<SwappedFile> {
  const { place, before, content } = change
  const madeFolder = content !== null && (await makeFolder(place, title))
  let next: string | undefined
  let old: string | undefined
  try {
    if (!madeFolder) await sweep(place.folder)
    if (content !== null) next = await writeNext(place, before, content)
    if (before) old = await keepOld(place, before, title)
    await requireMay()
    await exchange(place, before, next, title)
  } catch (error) {
    for (const path of [next, old]) if (path !== undefined) await rm(path, { force: true })
    if (madeFolder) await removeEmpty(place.folder)
    throw fileFailure(error, `${title} cannot be written`, title)
  }
  await proveNamed(place.folder, title)
  return {
    async keep() {
      // What cannot be taken away now, the next writer sweeps.
      for (const path of [next, old]) if (path) await rm(path, { force: true }).catch(() => undefined)
    },
    async takeBack() {
      // The old file itself, by its other name: this needs no room on the disk.
      if (old === undefined) await rm(place.path, { force: true })
      else await rename(old, place.path)
      if (next !== undefined) await rm(next, { force: true })
      await syncFolder(place.folder)
      if (madeFolder) await removeEmpty(place.folder)
    },
  }
}

async function writeNext(
  place: DocumentPlace,
  before: DocumentFile | null,
  content: string,
): Promise<string> {
  const path = temporaryPath(place.folder)
  await writeNewFile(path, content, async (handle) => {
    if (before) await dressAs(handle, before.stats)
    else if (process.getuid?.() === 0) await dressFor(handle, place.folder)
  })
  return path
}

async function dressAs(handle: FileHandle, old: BigIntStats): Promise<void> {
  const own = await handle.stat({ bigint: true })
  if (own.uid !== old.uid || own.gid !== old.gid) await handle.chown(Number(old.uid), Number(old.gid))
  await handle.chmod(Number(old.mode) & 0o7777)
}

async function dressFor(handle: FileHandle, folder: string): Promise<void> {
  const { uid, gid } = await stat(folder)
  await handle.chown(uid, gid)
}

/** Gives the old file a second name, and looks whether it is still the one that was read. */
async function keepOld(place: DocumentPlace, before: DocumentFile, title: string): Promise<string> {
  const path = temporaryPath(place.folder)
  try {
    await link(place.path, path)
  } catch (error) {
    throw codeOf(error) === 'ENOENT' ? changed(title) : error
  }
  const now = await lstat(path, { bigint: true })
  const { ino, size, mtimeNs } = before.stats
  if (now.ino === ino && now.size === size && now.mtimeNs === mtimeNs) return path
  await rm(path, { force: true })
  throw changed(title)
}

async function exchange(
  place: DocumentPlace,
  before: DocumentFile | null,
  next: string | undefined,
  title: string,
): Promise<void> {
  if (next === undefined) return rm(place.path)
  if (before) return rename(next, place.path)
  try {
    // Unlike a rename, it refuses when somebody else has just made the document.
    await link(next, place.path)
  } catch (error) {
    throw codeOf(error) === 'EEXIST' ? changed(title) : error
  }
}

/** @returns whether the group is a new one. */
async function makeFolder(place: DocumentPlace, title: string): Promise<boolean> {
  try {
    await mkdir(place.folder, 0o700)
    if (process.getuid?.() === 0) {
      const { uid, gid } = await stat(dirname(place.folder))
      await chown(place.folder, uid, gid)
    }
    await syncFolder(dirname(place.folder))
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw fileFailure(error, `${title} cannot be written`, title)
  }
}

/** Somebody may have put a document there in the meantime; then it stays. */
async function removeEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder)
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'ENOENT') throw error
  }
}

/** The change is there for everybody; whether it survives a power loss, the disk must say. */
async function proveNamed(folder: string, title: string): Promise<void> {
  try {
    await syncFolder(folder)
  } catch {
    throw new CutoverError('system.ambiguous', `${title} was written, but the disk does not confirm it`, {
      where: title,
      hint: 'Look at the disk and at the document, then resume or undo the run.',
    })
  }
}

function changed(title: string): CutoverError {
  return new CutoverError(
    'conflict',
    `${title} was changed by somebody else while it was being written; nothing was overwritten`,
    { where: title, hint: 'Look at that change, agree with its author, then plan again.' },
  )
}
