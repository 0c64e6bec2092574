import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CutoverError } from '../core/errors.ts'
import { fileProblem } from './file-problem.ts'

/** Sorts by time, says what it is, and two runs of one second differ: `20261121-031502-stop-write-9f3a`. */
export function makeRunId(playbookName: string, now: Date): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  return `${stamp}-${playbookName}-${randomBytes(2).toString('hex')}`
}

/** Makes the directory of one run, readable by its owner only, with a copy of the playbook. */
export async function makeRunDirectory(runs: string, runId: string, playbook: string): Promise<string> {
  const directory = join(runs, runId)
  try {
    await makeDirectories(runs)
    await mkdir(directory, { mode: 0o700 })
    // Beside the journal, so that resume and undo have it whatever becomes of the original.
    await copyFile(playbook, playbookCopy(directory))
  } catch (error) {
    throw new CutoverError('journal.unusable', `The run directory cannot be made: ${fileProblem(error)}`, {
      where: directory,
      hint: 'Choose another place with --runs.',
    })
  }
  return directory
}

/** As `mkdir -p`. Node's own `recursive` never comes back on file systems such as /proc. */
async function makeDirectories(path: string): Promise<void> {
  const make = (): Promise<unknown> => mkdir(path, { mode: 0o700 })
  try {
    await make()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const parent = dirname(path)
    if (code === 'ENOENT' && parent !== path) {
      await makeDirectories(parent)
      await make()
    } else if (code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error
  }
}

/** Where a run keeps the playbook it was begun with. */
export function playbookCopy(directory: string): string {
  return join(directory, 'playbook.yaml')
}

/** The directory of a run: by its id, by its path, or the newest that began. @throws CutoverError `usage`. */
export async function findRunDirectory(runs: string, run: string | undefined): Promise<string> {
  const candidates = run === undefined ? await newestFirst(runs) : [join(runs, run), run]
  for (const directory of candidates) if (await isRun(directory)) return directory
  const [newest] = await newestFirst(runs)
  throw new CutoverError('usage', run === undefined ? 'There is no run' : `There is no run ${run}`, {
    where: runs,
    hint: newest === undefined ? 'Say where runs are with --runs.' : `The newest directory is ${newest}.`,
  })
}

async function newestFirst(runs: string): Promise<readonly string[]> {
  const names = await readdir(runs).catch(() => [] as string[])
  return names
    .sort()
    .toReversed()
    .map((name) => join(runs, name))
}

/** A run that was refused or died before it began has a directory, but no journal or an empty one. */
function isRun(directory: string): Promise<boolean> {
  return stat(join(directory, 'journal.jsonl')).then(
    (found) => found.isFile() && found.size > 0,
    () => false,
  )
}
