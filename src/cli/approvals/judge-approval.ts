import { formatMs } from '../../core/deadline.ts'
import { parseApproval, type Approval } from '../../core/approval.ts'

/** What the kernel says of an open file. */
export interface FileFacts {
  readonly isFile: boolean
  readonly uid: number
  /** Permission bits. */
  readonly mode: number
}

/** What an approval must be, to count in this run and now. */
export interface ApprovalWanted {
  readonly planDigest: string
  /** Longest time from `at` to `until`, milliseconds. */
  readonly validForMs: number
  /** Every uid that is the runner's. */
  readonly runnerUids: ReadonlySet<number>
  readonly now: Date
}

export type Judgement =
  | { readonly counts: true; readonly approval: Approval }
  /** A clause that follows the file's name: `belongs to the runner itself (uid 1000)`. */
  | { readonly counts: false; readonly why: string }

/** Pure: every rule by which another person's approval counts or does not. */
export function judgeApproval(facts: FileFacts, text: string, wanted: ApprovalWanted): Judgement {
  const refusal = refuseFile(facts, wanted)
  if (refusal !== undefined) return { counts: false, why: refusal }
  const approval = parseApproval(text)
  if (!approval) return { counts: false, why: 'is no approval that cutover approve has written' }
  const why = refuseContent(approval, facts, wanted) ?? refuseTimes(approval, wanted)
  return why === undefined ? { counts: true, approval } : { counts: false, why }
}

function refuseFile({ isFile, uid, mode }: FileFacts, { runnerUids }: ApprovalWanted): string | undefined {
  if (!isFile) return 'is not a regular file'
  if (runnerUids.has(uid)) return `belongs to whoever runs this (uid ${uid}); it takes another person`
  // Whoever may become root to run the kit could write it; a person has a login of their own.
  if (uid === 0) return 'belongs to root, which is nobody in particular; approve under your own login'
  // The group bits are also the limit of every access list, so these two say it all.
  if ((mode & 0o022) !== 0) {
    return `may be written by others than its owner (mode ${(mode & 0o777).toString(8).padStart(4, '0')})`
  }
  return undefined
}

function refuseContent(approval: Approval, { uid }: FileFacts, wanted: ApprovalWanted): string | undefined {
  if (approval.uid !== uid) {
    return `was written by uid ${approval.uid}, but belongs to uid ${uid}: a copy approves nothing`
  }
  if (approval.planDigest === wanted.planDigest) return undefined
  return `approves another plan (${approval.planDigest.slice(0, 12)}…, this run's is ${wanted.planDigest.slice(0, 12)}…)`
}

function refuseTimes({ at, until }: Approval, { now, validForMs }: ApprovalWanted): string | undefined {
  const [from, to] = [Date.parse(at), Date.parse(until)]
  if (now.getTime() < from) return `is dated in the future (${at}); compare the clocks`
  if (now.getTime() >= to) return `has expired at ${until}`
  if (to - from <= validForMs) return undefined
  return `was made to hold for ${formatMs(to - from)}; the playbook allows ${formatMs(validForMs)}`
}
