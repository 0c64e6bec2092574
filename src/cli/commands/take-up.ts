import { basename } from 'node:path'
import { foldJournal } from '../../core/fold.ts'
import { readJournal } from '../../runner/read-journal.ts'
import { runPlaybook, undoRun } from '../../runner/run-playbook.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { openPlaybook } from '../open-playbook.ts'
import { checkOutputFile } from '../runs/output-file.ts'
import { neverBegan, releaseUnbegun } from '../locks/release-unbegun.ts'
import { findRunDirectory, findUnbegun, playbookCopy } from '../runs/run-directory.ts'
import { keptVariables } from '../runs/kept-variables.ts'
import { isRestarted, type ActOptions } from '../program/act-options.ts'
import { beginToAct, confirmByName, openRunSession, reportRun, runnerOptions } from '../run-session.ts'
import { refuseReversed } from '../runs/reversed-run.ts'

/** Goes on with a run that a crash or a stop left unfinished. */
export function resume(run: string | undefined, options: ActOptions): Promise<ExitCode> {
  return takeUp(run, options, 'Go on with', runPlaybook)
}

/** Walks back everything a run did, as long as its point of no return was not passed. */
export function undo(run: string | undefined, options: ActOptions): Promise<ExitCode> {
  return takeUp(run, options, 'Walk back', undoRun)
}

async function takeUp(
  run: string | undefined,
  options: ActOptions,
  verb: string,
  act: typeof runPlaybook | typeof undoRun,
): Promise<ExitCode> {
  await checkOutputFile(options.json)
  const unbegun = run === undefined ? undefined : await findUnbegun(options.runs, run)
  if (unbegun !== undefined) {
    const variables = await keptVariables(basename(unbegun), unbegun)
    return await releaseUnbegun(unbegun, options, variables)
  }
  const directory = await findRunDirectory(options.runs, run)
  const state = foldJournal(await readJournal(directory))
  if (!state.runId) throw neverBegan(directory)
  if (act === runPlaybook) await refuseReversed(directory, state.runId)
  const playbook = await openPlaybook(playbookCopy(directory), await keptVariables(state.runId, directory))
  if (!playbook) return exitCodes.usage
  await using session = await openRunSession({ playbook, runId: state.runId, directory }, options)
  session.bindPlan(state.planDigest)
  await confirmByName(session, `${verb} ${state.runId}, begun ${state.startedAt}?`)
  await using acting = await beginToAct(session)
  const outcome = await act(runnerOptions(session, acting))
  return await reportRun(session, acting.journal, outcome, {
    planDigest: state.planDigest,
    json: options.json,
    wanted: wantedEnd(act === undoRun ? 'undo' : 'resume', options),
  })
}

/** What counts as success is what the user asked for, also when the supervisor has to do something else. */
function wantedEnd(command: 'resume' | 'undo', options: ActOptions): 'completed' | 'undone' {
  const asked = isRestarted(options) ? options.restartedFrom : command
  return asked === 'undo' ? 'undone' : 'completed'
}
