import { CutoverError } from '../../core/errors.ts'
import { foldJournal } from '../../core/fold.ts'
import { waysOut, type RunState } from '../../core/run-state.ts'
import { readJournal } from '../../runner/read-journal.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { keptVariables } from '../runs/kept-variables.ts'
import { openPlaybookFile } from '../open-playbook.ts'
import { refuseReversed } from '../runs/reversed-run.ts'
import { findRunDirectory, hasWayBack, reverseCopy } from '../runs/run-directory.ts'
import { carryOut, prepareToRun, type RunOptions } from './run.ts'

/**
 * Moves a service back whose run has passed its point of no return: a run of its own, with the playbook that the first
 * one named and keeps.
 */
export async function reverse(run: string | undefined, options: RunOptions): Promise<ExitCode> {
  const approved = await prepareToRun(options)
  const first = await findFirstRun(options.runs, run)
  await refuseUnfit(first)
  const { state } = first
  const variables = await keptVariables(state.runId, first.directory)
  const begunWith = await openPlaybookFile(reverseCopy(first.directory), variables, { warn: true })
  if (!begunWith) return exitCodes.usage
  const question = `Move ${state.playbook} of run ${state.runId} back with ${begunWith.playbook.name}?`
  return carryOut({ ...begunWith, question, approved, reversed: first.directory }, options)
}

interface FirstRun {
  readonly directory: string
  readonly state: RunState
}

/** The newest run by default; after a way back that was walked back, the run that it was to move back. */
async function findFirstRun(runs: string, run: string | undefined): Promise<FirstRun> {
  const directory = await findRunDirectory(runs, run)
  const state = foldJournal(await readJournal(directory))
  if (run !== undefined || state.reverses === undefined || state.ended !== 'undone')
    return { directory, state }
  return findFirstRun(runs, state.reverses)
}

/** @throws CutoverError `usage` with the reason; nothing was done then. */
async function refuseUnfit({ directory, state }: FirstRun): Promise<void> {
  const { runId } = state
  await refuseReversed(directory, runId)
  if (!state.noReturnPassed) throw cannotReverse(state, 'it has not passed its point of no return')
  if (state.ended !== 'completed' && state.phaseStarts.settle === undefined)
    throw cannotReverse(state, 'its pause is not over')
  if (await hasWayBack(directory)) return
  throw new CutoverError('usage', `run ${runId} cannot be moved back: its playbook names no way back`, {
    where: directory,
    hint: 'A way back needs a reverse sync from the beginning, see playbooks/stop-write-reversible.yaml. Without one the target alone has the newest writes.',
  })
}

function cannotReverse(state: RunState, why: string): CutoverError {
  const { runId } = state
  const ways = waysOut(state)
  const way = state.noReturnPassed ? 'resume' : 'undo'
  const nothing = 'Nothing of it stands that could be moved back.'
  return new CutoverError('usage', `run ${runId} cannot be moved back: ${why}`, {
    hint: ways.includes(way) ? `cutover ${way} ${runId}` : nothing,
  })
}
