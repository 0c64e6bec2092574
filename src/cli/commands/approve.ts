import { resolve } from 'node:path'
import { formatMs } from '../../core/deadline.ts'
import { parseDuration } from '../../core/durations.ts'
import { CutoverError } from '../../core/errors.ts'
import { foldJournal } from '../../core/fold.ts'
import type { Plan } from '../../runner/plan.ts'
import { readJournal } from '../../runner/read-journal.ts'
import { renderPlan } from '../../runner/render-plan.ts'
import { handIn } from '../approvals/handed-in.ts'
import { readApproval } from '../approvals/read-approval.ts'
import { runnerUids } from '../approvals/runner-uids.ts'
import { writeApproval } from '../approvals/write-approval.ts'
import { colours } from '../colours.ts'
import { callerName } from '../control/caller.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { listenForStop } from '../people/listen-for-stop.ts'
import { openOperator } from '../people/operator.ts'
import { readPlanFile } from '../runs/plan-file.ts'
import { openPromptQueue } from '../people/prompt-queue.ts'
import { findRunDirectory } from '../runs/run-directory.ts'

export interface ApproveOptions {
  /** New file for the approval of a plan. */
  readonly out?: string
  /** How long the approval holds, as a duration. Default: as long as the playbook allows. */
  readonly validFor?: string
  readonly confirm?: string
  /** Approval to be handed in to a run. */
  readonly approval?: string
  readonly runs: string
}

/** As a second person approves a plan, or hands such an approval in to a run. */
export async function approve(planOrRun: string, options: ApproveOptions): Promise<ExitCode> {
  const { out, approval } = options
  if (out !== undefined && approval === undefined) return approvePlan(planOrRun, out, options)
  if (out === undefined && approval !== undefined) return handApprovalIn(planOrRun, approval, options)
  throw new CutoverError('usage', 'Give either --out, to approve a plan, or --approval, to hand one in', {
    hint: 'cutover approve PLAN_FILE --out FILE, or: cutover approve RUN --approval FILE',
  })
}

async function approvePlan(file: string, out: string, options: ApproveOptions): Promise<ExitCode> {
  const uid = ownUid()
  const plan = await readPlanFile(file)
  const validForMs = validityOf(plan, file, options.validFor)
  using stop = listenForStop()
  process.stderr.write(renderPlan(plan, { colour: colours(process.stderr) }))
  const text = `As a second person, approve plan ${plan.digest.slice(0, 12)} of ${plan.name} for ${formatMs(validForMs)}?`
  const prompts = openPromptQueue({
    interactive: process.stdin.isTTY && process.stderr.isTTY,
    input: process.stdin,
    output: process.stderr,
  })
  const answer = await openOperator({ prompts, confirm: options.confirm, agree: [] }).ask(
    { id: 'approve', text, typeToAgree: plan.confirm },
    stop.signal,
  )
  if (!answer.agreed) throw new CutoverError('operator.declined', `Nothing was approved: ${answer.why}`)
  const now = Date.now()
  await writeApproval(out, {
    kind: 'cutover-approval',
    version: 1,
    planDigest: plan.digest,
    playbook: plan.name,
    by: callerName(),
    uid,
    at: new Date(now).toISOString(),
    until: new Date(now + validForMs).toISOString(),
  })
  process.stdout.write(`${callerName()} approves plan ${plan.digest} in ${resolve(out)}\n`)
  return exitCodes.done
}

/** @throws CutoverError `usage` where approving would be in vain. */
function ownUid(): number {
  const uid = process.getuid?.()
  if (uid === undefined) {
    throw new CutoverError(
      'usage',
      'This system does not say to whom a file belongs, so nobody can approve here',
    )
  }
  if (uid !== 0) return uid
  throw new CutoverError('usage', 'root is nobody in particular, and its approval does not count', {
    hint: 'Approve under your own login, without sudo.',
  })
}

function validityOf(plan: Plan, file: string, wished: string | undefined): number {
  const limits = plan.lines.flatMap((line) =>
    line.type === 'gate' && line.approvalValidForMs !== undefined ? [line.approvalValidForMs] : [],
  )
  if (limits.length === 0) {
    throw new CutoverError('usage', 'This plan asks for no second person', {
      where: file,
      hint: 'In the playbook: secondPerson: true at an operator-agrees gate.',
    })
  }
  const limitMs = Math.min(...limits)
  const ms = wished === undefined ? limitMs : parseDuration(wished)
  if (ms !== undefined && ms > 0 && ms <= limitMs) return ms
  throw new CutoverError('usage', `--valid-for ${wished} is not between nothing and ${formatMs(limitMs)}`, {
    hint: 'Leave it out: the approval then holds as long as the playbook allows.',
  })
}

async function handApprovalIn(run: string, file: string, options: ApproveOptions): Promise<ExitCode> {
  const directory = await findRunDirectory(options.runs, run)
  const { runId, planDigest } = foldJournal(await readJournal(directory))
  // How long it may hold is in the playbook; the run looks at that, and at everything else once more.
  const wanted = { planDigest, validForMs: Infinity, runnerUids: runnerUids(), now: new Date() }
  const judgement = await readApproval(file, wanted)
  if (!judgement.counts) {
    throw new CutoverError('usage', `The approval ${file} ${judgement.why}`, {
      hint: 'Nothing was handed in. A second person writes one with: cutover approve PLAN_FILE --out FILE',
    })
  }
  await handIn(directory, file)
  const { by, until } = judgement.approval
  process.stdout.write(`The approval of ${by}, until ${until}, is handed in to ${runId}.\n`)
  return exitCodes.done
}
