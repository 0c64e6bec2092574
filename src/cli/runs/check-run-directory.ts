import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CutoverError, isCutoverError } from '../../core/errors.ts'
import type { RunState } from '../../core/run-state.ts'
import { readPlaybook } from '../open-playbook.ts'
import { readPlanFile } from './plan-file.ts'
import { playbookCopy } from './run-directory.ts'
import { asVariables, readRunVariables } from './run-variables.ts'

/** What was compared with the journal: a sentence each. */
export interface DirectoryFacts {
  readonly playbook: string
  readonly plan: string
}

/**
 * Are the playbook and the plan beside a journal those that it names? Without them a run could be taken up as another one.
 * @throws CutoverError `journal.unusable` when one of them is not.
 */
export async function checkRunDirectory(directory: string, state: RunState): Promise<DirectoryFacts> {
  return { playbook: await checkPlaybook(directory, state), plan: await checkPlan(directory, state) }
}

async function checkPlaybook(directory: string, { playbookDigest }: RunState): Promise<string> {
  const file = playbookCopy(directory)
  const kept = await readRunVariables(directory)
  const result = await readPlaybook(file, kept ? asVariables(kept) : process.env).catch((error: unknown) => {
    throw changed(file, isCutoverError(error) ? error.message : 'it cannot be read')
  })
  if (result.ok && result.playbook.digest === playbookDigest) return 'as it was when the run began'
  // Another value of a variable gives another digest, and nobody kept them.
  if (!kept) return 'not compared: the variables it was begun with were not kept'
  throw changed(file, result.ok ? 'it is not the playbook that the journal names' : 'it has mistakes now')
}

async function checkPlan(directory: string, { planDigest }: RunState): Promise<string> {
  const file = join(directory, 'plan.json')
  if (planDigest === '') return 'the run was not bound to one'
  if (!(await exists(file))) return `not compared: none was kept; the journal names ${planDigest}`
  const plan = await readPlanFile(file).catch((error: unknown) => {
    throw changed(file, isCutoverError(error) ? error.message : 'it cannot be read')
  })
  if (plan.digest === planDigest) return `as it was agreed to, ${planDigest}`
  throw changed(file, `its digest is ${plan.digest}, the journal names ${planDigest}`)
}

function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}

function changed(file: string, why: string): CutoverError {
  return new CutoverError('journal.unusable', `the run directory is not as it was: ${why}`, {
    where: file,
    hint: 'Restore the file from a copy; resume and undo need it as it was.',
  })
}
