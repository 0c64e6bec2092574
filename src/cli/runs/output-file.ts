import { access, stat, writeFile } from 'node:fs/promises'
import { constants } from 'node:fs'
import { dirname } from 'node:path'
import { CutoverError } from '../../core/errors.ts'
import { fileProblem } from '../file-problem.ts'

/**
 * Makes sure that a result can be written there at the end, before anything else is done. Leaves nothing behind.
 * @throws CutoverError `usage`.
 */
export async function checkOutputFile(file: string | undefined): Promise<void> {
  if (file === undefined) return
  try {
    const present = await stat(file).catch(() => undefined)
    if (present?.isDirectory()) throw Object.assign(new Error(file), { code: 'EISDIR' })
    await access(present ? file : dirname(file), constants.W_OK)
  } catch (error) {
    throw unwritable(file, error)
  }
}

/** @throws CutoverError `usage` when it cannot be written. */
export async function writeOutputFile(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: unknown) => {
    throw unwritable(file, error)
  })
}

function unwritable(file: string, error: unknown): CutoverError {
  return new CutoverError('usage', `The file cannot be written: ${fileProblem(error)}`, {
    where: file,
    hint: 'Give a file in a directory that exists and that this user may write.',
  })
}
