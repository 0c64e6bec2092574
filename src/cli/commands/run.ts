import { copyFile } from 'node:fs/promises'
import { CutoverError } from '../../core/errors.ts'
import { systemClock } from '../../core/system-clock.ts'
import type { Plan } from '../../runner/plan.ts'
import { planPlaybook } from '../../runner/plan-playbook.ts'
import { renderPlan } from '../../runner/render-plan.ts'
import { runPlaybook } from '../../runner/run-playbook.ts'
import { catalogue } from '../../steps/catalogue.ts'
import { colours } from '../colours.ts'
import { describeSystems } from '../describe-systems.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { openPlaybook } from '../open-playbook.ts'
import { makeRunDirectory, makeRunId, playbookCopy } from '../run-directory.ts'
import {
  openRunJournal,
  openRunSession,
  reportRun,
  runnerOptions,
  type ActOptions,
  type RunSession,
} from '../run-session.ts'

export interface RunOptions extends ActOptions {
  readonly planDigest?: string
}

/** Plan, ask, carry out, report. Progress goes to standard error, the report to standard output. */
export async function run(file: string, options: RunOptions): Promise<ExitCode> {
  const playbook = await openPlaybook(file)
  if (!playbook) return exitCodes.usage
  const runId = makeRunId(playbook.name, systemClock.now())
  const directory = await makeRunDirectory(options.runs, runId)
  // Beside the journal, so that resume and undo have it whatever becomes of the original.
  await copyFile(file, playbookCopy(directory))
  await using session = await openRunSession({ playbook, runId, directory }, options)
  const plan = await makePlan(session, options.planDigest)
  await confirmRun(session)
  await using journal = await openRunJournal(session)
  const outcome = await runPlaybook({ ...runnerOptions(session, journal), expectedPlanDigest: plan.digest })
  return await reportRun(session, journal, outcome, { planDigest: plan.digest, json: options.json })
}

async function makePlan(session: RunSession, approvedDigest: string | undefined): Promise<Plan> {
  const { playbook, ports, signal, runId, redactor } = session
  const plan = await planPlaybook({ playbook, catalogue, ports, signal, runId })
  const systems = await describeSystems(playbook, ports, signal)
  process.stderr.write(redactor.redact(renderPlan(plan, { colour: colours(process.stderr) }) + systems))
  const [first] = plan.errors
  if (first) {
    const { code, message, hint } = first.failure
    throw new CutoverError(code, message, { where: first.id, ...(hint && { hint }) })
  }
  if (approvedDigest === undefined || plan.digest.startsWith(approvedDigest)) return plan
  throw new CutoverError('plan.drift', `The plan is not the approved one: its digest is ${plan.digest}`, {
    hint: 'Read the new plan above, and approve its digest if it is right.',
  })
}

async function confirmRun({ playbook, operator, signal }: RunSession): Promise<void> {
  const question = { id: 'confirm', text: `Carry out ${playbook.name}?`, typeToAgree: playbook.confirm }
  const answer = await operator.ask(question, signal)
  if (answer.agreed) return
  throw new CutoverError('operator.declined', `Nothing was changed: ${answer.why}`, {
    hint: `Type ${playbook.confirm} when asked, or give --confirm ${playbook.confirm}.`,
  })
}
