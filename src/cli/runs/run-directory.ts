import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CutoverError } from '../../core/errors.ts'
import type { Plan } from '../../runner/plan.ts'
import { fileProblem } from '../file-problem.ts'
import type { OpenPlaybook } from '../open-playbook.ts'
import { formatPlanFile } from './plan-file.ts'
import { writeRunVariables } from './run-variables.ts'
import { writeDurably } from './write-durably.ts'

/** Sorts by time, says what it is, and two runs of one second differ: `20261121-031502-stop-write-9f3a`. */
export function makeRunId(playbookName: string, now: Date): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  return `${stamp}-${playbookName}-${randomBytes(2).toString('hex')}`
}

/** The directory of a run that may still be refused. */
export interface RunDirectory extends AsyncDisposable {
  readonly path: string
}

/** What a run is begun with and must still have when nothing else of it is left. */
export interface BegunWith extends Pick<OpenPlaybook, 'text' | 'variables'> {
  /** The playbook of the way back. */
  readonly reverse?: Pick<OpenPlaybook, 'text' | 'variables'> | undefined
}

/**
 * Makes the directory of one run, readable by its owner only, with what resume and undo need whatever becomes of the
 * original: the playbook and its variables. Disposing of it removes it again when the run never began.
 * @throws CutoverError `journal.unusable`.
 */
export async function makeRunDirectory(
  runs: string,
  runId: string,
  begunWith: BegunWith,
): Promise<RunDirectory> {
  const path = join(runs, runId)
  const { reverse } = begunWith
  const made: string[] = []
  const unmake = (): Promise<void> => removeUnlessBegun(path, made)
  try {
    await makeDirectories(runs, made)
    await mkdir(path, { mode: 0o700 })
    await writeDurably(playbookCopy(path), begunWith.text)
    if (reverse) await writeDurably(reverseCopy(path), reverse.text)
    await writeRunVariables(path, { ...reverse?.variables, ...begunWith.variables })
  } catch (error) {
    await unmake()
    throw new CutoverError('journal.unusable', `The run directory cannot be made: ${fileProblem(error)}`, {
      where: path,
      hint: 'Choose another place with --runs.',
    })
  }
  return { path, [Symbol.asyncDispose]: unmake }
}

/** Keeps the plan that was agreed to with its run. */
export async function keepPlan(directory: string, plan: Plan): Promise<void> {
  await writeDurably(join(directory, 'plan.json'), formatPlanFile(plan))
}

/** Nothing was done without an entry in the journal, so nothing in such a directory is of use to anybody. */
async function removeUnlessBegun(path: string, above: readonly string[]): Promise<void> {
  if (await isRun(path)) return
  // What cannot be removed is in nobody's way.
  await rm(path, { recursive: true, force: true }).catch(() => undefined)
  // Those that were made for it; one in which another run has begun meanwhile is not empty, and stays.
  for (const directory of above.toReversed()) await rmdir(directory).catch(() => undefined)
}

/** As `mkdir -p`, noting each one it made. Node's own `recursive` never comes back on file systems such as /proc. */
async function makeDirectories(path: string, made: string[]): Promise<void> {
  const make = async (): Promise<void> => {
    await mkdir(path, { mode: 0o700 })
    made.push(path)
  }
  try {
    await make()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const parent = dirname(path)
    if (code === 'ENOENT' && parent !== path) {
      await makeDirectories(parent, made)
      await make()
    } else if (code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error
  }
}

/** Where a run keeps the playbook it was begun with. */
export function playbookCopy(directory: string): string {
  return join(directory, 'playbook.yaml')
}

/** Where a run keeps the playbook of its way back. */
export function reverseCopy(directory: string): string {
  return join(directory, 'reverse.yaml')
}

/** True: the run's playbook named a way back. */
export function hasWayBack(directory: string): Promise<boolean> {
  return stat(reverseCopy(directory)).then(
    (found) => found.isFile(),
    () => false,
  )
}

/** The directory of a run: by its id, by its path, or the newest that began. @throws CutoverError `usage`. */
export async function findRunDirectory(runs: string, run: string | undefined): Promise<string> {
  const candidates = run === undefined ? await listRuns(runs) : [join(runs, run), run]
  for (const directory of candidates) if (await isRun(directory)) return directory
  const [newest] = await listRuns(runs)
  throw new CutoverError('usage', run === undefined ? 'There is no run' : `There is no run ${run}`, {
    where: runs,
    hint: newest === undefined ? 'Say where runs are with --runs.' : `The newest directory is ${newest}.`,
  })
}

/** The directory of a named run whose process died before its journal had an entry; undefined: it is none of these. */
export async function findUnbegun(runs: string, run: string): Promise<string | undefined> {
  const candidates = [join(runs, run), run]
  for (const directory of candidates) if (await isRun(directory)) return undefined
  for (const directory of candidates) if (await hasPlaybook(directory)) return directory
  return undefined
}

function hasPlaybook(directory: string): Promise<boolean> {
  return stat(playbookCopy(directory)).then(
    (found) => found.isFile(),
    () => false,
  )
}

/** Directories of runs, the newest first; also those of runs that never began. */
export async function listRuns(runs: string): Promise<readonly string[]> {
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
