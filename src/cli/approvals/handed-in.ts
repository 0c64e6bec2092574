import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { CutoverError } from '../../core/errors.ts'
import { fileProblem } from '../file-problem.ts'

/*
 * A run's directory belongs to the operator alone, so the other person cannot put a file there, and a copy would belong
 * to the operator. So the directory keeps only where approvals are. Kept in files, it also holds for a process that
 * takes the run up after a crash.
 */

/** Tells a run, also one that waits already, where an approval is or will be. @throws CutoverError `journal.unusable`. */
export async function handIn(runDirectory: string, file: string): Promise<void> {
  const path = resolve(file)
  const name = createHash('sha256').update(path).digest('hex').slice(0, 16)
  try {
    await mkdir(placeOf(runDirectory), { mode: 0o700, recursive: true })
    await writeFile(join(placeOf(runDirectory), `${name}.path`), path, { mode: 0o600 })
  } catch (error) {
    throw new CutoverError('journal.unusable', `The approval cannot be handed in: ${fileProblem(error)}`, {
      where: runDirectory,
      hint: 'Only who runs it may hand it in: do it under the login of the run, on its machine.',
    })
  }
}

/** Where a run's approvals are, as far as anybody has said. */
export async function handedIn(runDirectory: string): Promise<readonly string[]> {
  const names = await readdir(placeOf(runDirectory)).catch(() => [] as string[])
  const paths = names
    .filter((name) => name.endsWith('.path'))
    .map((name) => join(placeOf(runDirectory), name))
  const files = await Promise.all(paths.sort().map((path) => readFile(path, 'utf8').catch(() => '')))
  return files.filter((file) => file !== '')
}

function placeOf(runDirectory: string): string {
  return join(runDirectory, 'approvals')
}
