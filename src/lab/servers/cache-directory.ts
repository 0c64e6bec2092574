import { lstat, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { CutoverError } from '../../core/errors.ts'

const draftPrefix = 'draft-'
const draftLifetimeMs = 3_600_000

/** Where unpacked servers and initialised data directories are kept between labs: one place per machine and user. */
export async function openCache(): Promise<string> {
  const { uid } = userInfo()
  const cache = join(tmpdir(), `cutover-kit-cache-${uid}`)
  await mkdir(cache, { recursive: true, mode: 0o700 })
  // Anybody may create a name in a shared temporary directory; we run programs from here.
  const found = await lstat(cache)
  if (!found.isDirectory() || (uid >= 0 && found.uid !== uid)) {
    throw new CutoverError('usage', `${cache} belongs to somebody else`, {
      hint: 'Remove it, or set TMPDIR to a directory of your own.',
    })
  }
  return cache
}

/**
 * The cached directory `name`, made by `make` when it is not there. It appears under its name only when complete, so
 * two labs that make it at the same time, or one that dies half-way, do no harm.
 */
export async function cached(name: string, make: (directory: string) => Promise<void>): Promise<string> {
  const cache = await openCache()
  await removeOldDrafts(cache)
  const wanted = join(cache, name)
  if (await exists(wanted)) return wanted
  const draft = await mkdtemp(join(cache, draftPrefix))
  try {
    await make(draft)
    await renameUnlessThere(draft, wanted)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return wanted
}

/** What labs left that were ended in the middle of making something. */
async function removeOldDrafts(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(draftPrefix)) continue
    const path = join(cache, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }))
    if (Date.now() - mtimeMs > draftLifetimeMs) await rm(path, { recursive: true, force: true })
  }
}

async function renameUnlessThere(draft: string, wanted: string): Promise<void> {
  try {
    await rename(draft, wanted)
  } catch (error) {
    // Somebody else was first; theirs is as good as ours.
    if (!(await exists(wanted))) throw error
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch {
    return false
  }
}
