import { randomBytes } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

const temporaryName = /^\.cutover-[0-9a-f]{16}\.tmp$/

/** A path in the folder that nobody else uses, hidden from those who list documents. */
export function temporaryPath(folder: string): string {
  return join(folder, `.cutover-${randomBytes(8).toString('hex')}.tmp`)
}

/** Takes away what writers left that died. Only for who holds the lock: nobody else is writing then. */
export async function sweep(folder: string): Promise<void> {
  const names = await readdir(folder)
  for (const name of names) if (temporaryName.test(name)) await rm(join(folder, name), { force: true })
}

/**
 * Makes a file that its owner alone may read, with its content on disk.
 * @param dress gives the open file its owner and mode, before it has a name anybody looks for.
 */
export async function writeNewFile(
  path: string,
  content: string,
  dress?: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    await handle.writeFile(content)
    await dress?.(handle)
    await handle.sync()
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}

/** A name that was given or taken away in the folder is on disk when it resolves. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
