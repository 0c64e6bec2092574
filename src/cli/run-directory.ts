import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CutoverError } from '../core/errors.ts'

/** Sorts by time, says what it is, and two runs of one second differ: `20261121-031502-stop-write-9f3a`. */
export function makeRunId(playbookName: string, now: Date): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  return `${stamp}-${playbookName}-${randomBytes(2).toString('hex')}`
}

/** Makes the directory of one run, readable by its owner only. */
export async function makeRunDirectory(runs: string, runId: string): Promise<string> {
  const directory = join(runs, runId)
  try {
    await mkdir(runs, { recursive: true, mode: 0o700 })
    await mkdir(directory, { mode: 0o700 })
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unwritable'
    throw new CutoverError('journal.unusable', `The run directory cannot be made (${reason})`, {
      where: directory,
      hint: 'Choose another place with --runs.',
    })
  }
  return directory
}
