import { readFile } from 'node:fs/promises'
import { CutoverError } from '../../core/errors.ts'
import { digestPlan, type Plan } from '../../runner/plan.ts'
import { fileProblem } from '../file-problem.ts'
import { writeOutputFile } from './output-file.ts'

interface PlanFile {
  readonly kind: 'cutover-plan'
  readonly version: 1
  readonly plan: Plan
}

/** Writes a plan so that it can be approved, kept with the ticket, and given to `run --plan`. */
export async function writePlanFile(file: string, plan: Plan): Promise<void> {
  await writeOutputFile(file, formatPlanFile(plan))
}

/** The content of a plan file. */
export function formatPlanFile(plan: Plan): string {
  const content: PlanFile = { kind: 'cutover-plan', version: 1, plan }
  return `${JSON.stringify(content, null, 2)}\n`
}

/** @throws CutoverError `usage` when the file is no plan of this kit. */
export async function readPlanFile(file: string): Promise<Plan> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw notAPlan(file, fileProblem(error))
  })
  const content = parse(text)
  if (content?.kind !== 'cutover-plan') throw notAPlan(file, 'it is not a plan')
  if (content.version !== 1) throw notAPlan(file, 'it was written by another version of the kit')
  if (!isAsWritten(content.plan)) throw notAPlan(file, 'it was changed after it was written')
  return content.plan
}

/** Whoever approves a digest must have seen what it stands for. */
function isAsWritten(plan: Plan): boolean {
  try {
    return digestPlan(plan) === plan.digest
  } catch {
    return false // not even the parts of a plan are there
  }
}

function parse(text: string): PlanFile | undefined {
  try {
    return JSON.parse(text) as PlanFile
  } catch {
    return undefined // the caller says that it is not a plan
  }
}

function notAPlan(file: string, why: string): CutoverError {
  return new CutoverError('usage', `The plan cannot be used: ${why}`, {
    where: file,
    hint: 'Write one with cutover plan PLAYBOOK --out FILE.',
  })
}
