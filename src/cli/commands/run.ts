import { CutoverError } from '../../core/errors.ts'
import { systemClock } from '../../core/system-clock.ts'
import { comparePlans } from '../../runner/compare-plans.ts'
import type { Plan } from '../../runner/plan.ts'
import { planPlaybook } from '../../runner/plan-playbook.ts'
import { renderPlan } from '../../runner/render-plan.ts'
import { runPlaybook } from '../../runner/run-playbook.ts'
import { catalogue } from '../../steps/catalogue.ts'
import type { ActOptions } from '../act-options.ts'
import { colours } from '../colours.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { readPlanFile } from '../plan-file.ts'
import { openPlaybookFile } from '../open-playbook.ts'
import { checkOutputFile } from '../output-file.ts'
import { keepPlan, makeRunDirectory, makeRunId } from '../run-directory.ts'
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
  await checkOutputFile(options.json)
  const approved = options.plan === undefined ? undefined : await readPlanFile(options.plan)
  const begunWith = await openPlaybookFile(file, process.env, { warn: true })
  if (!begunWith) return exitCodes.usage
  const { playbook } = begunWith
  const runId = makeRunId(playbook.name, systemClock.now())
  await using directory = await makeRunDirectory(options.runs, runId, begunWith)
  await using session = await openRunSession({ playbook, runId, directory: directory.path }, options)
  const plan = await makePlan(session)
  refuseDrift(plan, approved, options.planDigest)
  session.bindPlan(plan.digest)
  await confirmByName(session, `Carry out ${playbook.name}?`)
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
