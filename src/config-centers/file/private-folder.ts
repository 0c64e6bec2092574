import { chown, mkdir, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from './file-failure.ts'

/** The kit's own folder beside the documents: locks, and earlier versions where git does not keep them. */
export const privateName = '.cutover-history'

export interface PrivateFolder {
  readonly path: string
  readonly locks: string
}

/**
 * Makes the private folder where it is missing, for the owner of the documents' folder alone: it holds passwords.
 * git does not see it.
 */
export async function openPrivateFolder(root: string): Promise<PrivateFolder> {
  const path = join(root, privateName)
  const locks = join(path, '.locks')
  await makePrivate(path, root)
  await makePrivate(locks, root)
  await ignoreAll(join(path, '.gitignore'))
  return { path, locks }
}

/** @param like whose owner it gets, when this user may give things away. */
export async function makePrivate(path: string, like: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    throw error
  }
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(like)
  await chown(path, uid, gid)
}

async function ignoreAll(path: string): Promise<void> {
  try {
    const handle = await open(path, 'wx', 0o600)
    try {
      await handle.writeFile('*\n')
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}
