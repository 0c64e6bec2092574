import { constants } from 'node:fs'
import { open, unlink } from 'node:fs/promises'
import type { Approval } from '../../core/approval.ts'
import { CutoverError } from '../../core/errors.ts'
import { fileProblem } from '../file-problem.ts'

/**
 * Writes an approval to a file that was not there before: an older one would keep its owner, and the owner is the proof.
 * @throws CutoverError `usage`; nothing is left behind then.
 */
export async function writeApproval(file: string, approval: Approval): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const handle = await open(file, flags, 0o644).catch((error: unknown) => {
    throw unwritable(file, fileProblem(error))
  })
  try {
    await handle.writeFile(`${JSON.stringify(approval, null, 2)}\n`)
    // Whatever the umask: whoever runs the cutover must be able to read it, and nobody else to write it.
    await handle.chmod(0o644)
    await handle.sync()
    const { uid } = await handle.stat()
    if (uid === approval.uid) return
    throw new Error(`the file system gives it to uid ${uid}, who has not approved anything`)
  } catch (error) {
    await unlink(file).catch(() => undefined)
    throw unwritable(file, error instanceof Error && !('code' in error) ? error.message : fileProblem(error))
  } finally {
    await handle.close()
  }
}

function unwritable(file: string, why: string): CutoverError {
  return new CutoverError('usage', `The approval cannot be written: ${why}`, {
    where: file,
    hint: 'Give a new file in a directory that whoever runs the cutover can read, such as /tmp.',
  })
}
