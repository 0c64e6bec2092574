import { CutoverError } from '../../core/errors.ts'
import { systemClock } from '../../core/system-clock.ts'
import { comparePlans } from '../../runner/compare-plans.ts'
import type { Playbook } from '../../core/playbook.ts'
import type { Plan } from '../../runner/plan.ts'
import { planPlaybook } from '../../runner/plan-playbook.ts'
import { renderPlan } from '../../runner/render-plan.ts'
import { runPlaybook } from '../../runner/run-playbook.ts'
import { catalogue } from '../../steps/catalogue.ts'
import type { ActOptions } from '../program/act-options.ts'
import { colours } from '../colours.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { readPlanFile } from '../runs/plan-file.ts'
import { openPlaybookFile } from '../open-playbook.ts'
import { checkOutputFile } from '../runs/output-file.ts'
import { keepReversed } from '../runs/reversed-run.ts'
import { keepPlan, makeRunDirectory, makeRunId, type BegunWith } from '../runs/run-directory.ts'
import { checkReverse } from '../runs/reverse-playbook.ts'
import {
  beginToAct,
  confirmByName,
  openRunSession,
  reportRun,
  runnerOptions,
  type RunSession,
} from '../run-session.ts'

export interface RunOptions extends ActOptions {
  /** File of the approved plan. */
  readonly plan?: string
  /** The approved plan's digest, or its beginning. */
  readonly planDigest?: string
}

/** Plan, ask, carry out, report. Progress goes to standard error, the report to standard output. */
export async function run(file: string, options: RunOptions): Promise<ExitCode> {
  const approved = await prepareToRun(options)
  const begunWith = await openPlaybookFile(file, process.env, { warn: true })
  if (!begunWith) return exitCodes.usage
  const { playbook } = begunWith
  const reverse = await checkReverse(playbook, file)
  return carryOut({ ...begunWith, reverse, question: `Carry out ${playbook.name}?`, approved }, options)
}

/** Looks at what the options name, before anything else. @returns the approved plan. */
export async function prepareToRun(options: RunOptions): Promise<Plan | undefined> {
  await checkOutputFile(options.json)
  return options.plan === undefined ? undefined : readPlanFile(options.plan)
}

/** A run that has not begun. */
export interface FreshRun extends BegunWith {
  readonly playbook: Playbook
  /** What the operator agrees to by typing the confirm name. */
  readonly question: string
  readonly approved: Plan | undefined
  /** Directory of the run that this one moves back. */
  readonly reversed?: string
}

/** Plans, asks, carries out, reports. */
export async function carryOut(fresh: FreshRun, options: RunOptions): Promise<ExitCode> {
  const { playbook } = fresh
  const runId = makeRunId(playbook.name, systemClock.now())
  await using directory = await makeRunDirectory(options.runs, runId, fresh)
  if (fresh.reversed !== undefined) await keepReversed(directory.path, fresh.reversed)
  await using session = await openRunSession({ playbook, runId, directory: directory.path }, options)
  const plan = await makePlan(session)
  refuseDrift(plan, fresh.approved, options.planDigest)
  session.bindPlan(plan.digest)
  await confirmByName(session, fresh.question)
  await keepPlan(directory.path, plan)
  await using acting = await beginToAct(session)
  const outcome = await runPlaybook({
    ...runnerOptions(session, acting),
    expectedPlanDigest: plan.digest,
  })
  return await reportRun(session, acting.journal, outcome, { planDigest: plan.digest, json: options.json })
}

async function makePlan(session: RunSession): Promise<Plan> {
  const { playbook, ports, signal, runId, redactor } = session
  const plan = await planPlaybook({ playbook, catalogue, ports, signal, runId })
  process.stderr.write(redactor.redact(renderPlan(plan, { colour: colours(process.stderr) })))
  const [first] = plan.errors
  if (first) {
    const { code, message, hint } = first.failure
    throw new CutoverError(code, message, { where: first.id, ...(hint && { hint }) })
  }
  return plan
}

function refuseDrift(plan: Plan, approved: Plan | undefined, digest: string | undefined): void {
  const differences = approved ? comparePlans(approved, plan) : []
  if (differences.length > 0) {
    throw new CutoverError(
      'plan.drift',
      `The systems are not as the approved plan saw them: ${differences.join('; ')}`,
      {
        hint: 'Read the new plan above, and approve it if it is right.',
      },
    )
  }
  if (digest === undefined || plan.digest.startsWith(digest)) return
  throw new CutoverError('plan.drift', `The plan is not the approved one: its digest is ${plan.digest}`, {
    hint: 'Read the new plan above, and approve its digest if it is right.',
  })
}
