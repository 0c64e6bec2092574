import { join } from 'node:path'
import type { Question, SecondPerson } from '../../core/ports/operator.ts'
import { defaultApprovalMs } from '../../core/approval.ts'
import { handedIn } from './handed-in.ts'
import type { ApprovalWanted, Judgement } from './judge-approval.ts'
import { readApproval } from './read-approval.ts'
import { runnerUids } from './runner-uids.ts'

/** The run whose plan is to be approved. */
export interface ApprovedRun {
  readonly directory: string
  /** Digest of the plan it was begun with; empty when it was begun without one. */
  readonly planDigest: string
}

/** One look at everything that was handed in. The first approval that counts is enough. */
export async function lookForSecondPerson(
  run: ApprovedRun,
  question: Question,
  canWait: boolean,
): Promise<SecondPerson> {
  const { planDigest, directory } = run
  if (planDigest === '') {
    const why = 'this run was begun without a plan, so nobody can have approved it'
    return { approved: false, why, hint: 'Start a new run: cutover run PLAYBOOK', final: true }
  }
  const wanted: ApprovalWanted = {
    planDigest,
    validForMs: question.approvalValidForMs ?? defaultApprovalMs,
    runnerUids: runnerUids(),
    now: new Date(),
  }
  const files = await handedIn(directory)
  const judgements = await Promise.all(files.map((file) => readApproval(file, wanted)))
  const good = judgements.find((judgement) => judgement.counts)
  if (good) return { approved: true, how: describeApproval(good) }
  return {
    approved: false,
    why: whyNot(files, judgements),
    hint:
      `A second person approves plan ${planDigest.slice(0, 12)} under their own login: ` +
      `cutover approve PLAN_FILE --out FILE, where PLAN_FILE is a copy of ${join(directory, 'plan.json')}. ` +
      `Then, here: cutover approve ${directory} --approval FILE`,
    final: !canWait,
  }
}

function whyNot(files: readonly string[], judgements: readonly Judgement[]): string {
  if (files.length === 0) return 'no second person has approved this plan'
  const reasons = judgements.map((judgement, at) =>
    judgement.counts ? '' : `the approval ${files[at]} ${judgement.why}`,
  )
  return reasons.join('; ')
}

function describeApproval({ approval }: Extract<Judgement, { counts: true }>): string {
  const { by, uid, planDigest, at, until } = approval
  return `second person ${by} (uid ${uid}) approved plan ${planDigest} at ${at}, until ${until}`
}
