import { createHash } from 'node:crypto'
import type { FailureRecord } from '../core/journal-entry.ts'
import type { OnFailure, PhaseName } from '../core/playbook.ts'
import type { Change } from '../core/step.ts'

/** What a run would do, as far as that can be told beforehand. */
export interface Plan {
  readonly name: string
  readonly purpose: string
  readonly file: string
  /** What the operator will have to type. */
  readonly confirm: string
  readonly pauseBudgetMs: number
  readonly lines: readonly PlanLine[]
  /** False: a system cannot be reached, refuses the kit or lacks what a step needs, see `errors`. Such a plan must not be run. */
  readonly ok: boolean
  readonly errors: readonly PlanError[]
  readonly playbookDigest: string
  /** SHA-256 of the playbook's digest and of what is shown. Equal digests: the same playbook would change the same things. */
  readonly digest: string
}

export interface PlanError {
  readonly id: string
  readonly failure: FailureRecord
}

export type PlanLine = PlanStep | PlanGate

interface PlanItem {
  /** From 1, through all phases. */
  readonly number: number
  readonly id: string
  readonly uses: string
  readonly phase: PhaseName
  readonly deadlineMs: number
  readonly onFailure: OnFailure
  /** Why it could not be looked at. */
  readonly cannotBeLookedAt?: FailureRecord
}

export interface PlanStep extends PlanItem {
  readonly type: 'step'
  /** Empty: nothing to do. */
  readonly changes: readonly Change[]
  readonly undo: { readonly possible: true } | { readonly possible: false; readonly why: string }
  readonly pointOfNoReturn: boolean
  /** The least trustworthy of its changes. */
  readonly fidelity: Change['fidelity']
}

export interface PlanGate extends PlanItem {
  readonly type: 'gate'
  /** What must hold. */
  readonly condition: string
  readonly goodReadings: number
  /** It wants a second person to have approved the plan, for at most so many milliseconds. Absent: it does not. */
  readonly approvalValidForMs?: number
}

/**
 * Of everything that the plan shows, and the playbook's digest. Why an item could not be looked at is left out: it differs
 * from one look to the next.
 */
export function digestPlan(plan: Omit<Plan, 'digest' | 'ok' | 'errors' | 'file'>): string {
  const { playbookDigest, name, purpose, confirm, pauseBudgetMs } = plan
  const lines = plan.lines.map((line) => ({ ...line, cannotBeLookedAt: line.cannotBeLookedAt !== undefined }))
  return createHash('sha256')
    .update(JSON.stringify([playbookDigest, name, purpose, confirm, pauseBudgetMs, lines]))
    .digest('hex')
}
