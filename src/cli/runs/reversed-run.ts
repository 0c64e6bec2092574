import { copyFile, mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CutoverError } from '../../core/errors.ts'
import { foldJournal } from '../../core/fold.ts'
import type { ReversedRun } from '../../core/ports/index.ts'
import { waysOut, type RunState } from '../../core/run-state.ts'
import { readJournal } from '../../runner/read-journal.ts'
import { fileProblem } from '../file-problem.ts'
import { listRuns } from './run-directory.ts'

/** Where a run that moves another one back keeps that one's journal. */
function reversedCopy(directory: string): string {
  return join(directory, 'reversed')
}

/** Copies the journal of the run that is moved back: its before-images are needed, whatever becomes of the original. */
export async function keepReversed(directory: string, reversed: string): Promise<void> {
  try {
    await mkdir(reversedCopy(directory), { mode: 0o700 })
    await copyFile(join(reversed, 'journal.jsonl'), join(reversedCopy(directory), 'journal.jsonl'))
  } catch (error) {
    throw new CutoverError('journal.unusable', `The journal cannot be copied: ${fileProblem(error)}`, {
      where: reversed,
    })
  }
}

/** The run that the run of this directory moves back; undefined when it is no way back. */
export async function readReversed(directory: string): Promise<ReversedRun | undefined> {
  const copy = reversedCopy(directory)
  const isThere = await stat(copy).then(
    () => true,
    () => false,
  )
  if (!isThere) return undefined
  const { runId, items } = foldJournal(await readJournal(copy))
  return { runId, before: (stepId) => items.get(stepId)?.seen }
}

/**
 * Going on with a run whose service was moved back, or is being moved back, would do what no longer fits.
 * @param directory of the run itself; its neighbours are looked through.
 * @throws CutoverError `usage`, naming the other run.
 */
export async function refuseReversed(directory: string, runId: string): Promise<void> {
  const reversal = await findReversal(dirname(directory), runId)
  if (!reversal) return
  const [way] = waysOut(reversal)
  const how = reversal.ended === 'completed' ? 'was moved back by' : 'is being moved back by'
  throw new CutoverError('usage', `run ${runId} ${how} run ${reversal.runId}`, {
    hint: way ? `cutover ${way} ${reversal.runId}` : 'To go there again, start a new run.',
  })
}

/** The run that moved another one back, or began to and was not walked back. */
export async function findReversal(runs: string, runId: string): Promise<RunState | undefined> {
  for (const directory of await listRuns(runs)) {
    // A journal that cannot be read says nothing; the command that needs that run will complain.
    const entries = await readJournal(directory).catch(() => [])
    const [first] = entries
    if (first?.type !== 'run.started' || first.reverses !== runId) continue
    const state = foldJournal(entries)
    if (state.ended !== 'undone') return state
  }
  return undefined
}
