import { createHash } from 'node:crypto'
import type { FailureRecord } from '../core/journal-entry.ts'
import type { OnFailure, PhaseName, PlaybookWindow } from '../core/playbook.ts'
import type { Change } from '../core/step.ts'

/** What a run would do, as far as that can be told beforehand. */
export interface Plan {
  readonly name: string
  readonly purpose: string
  readonly file: string
  /** What the operator will have to type. */
  readonly confirm: string
  /** When the systems were looked at, ISO 8601. */
  readonly madeAt: string
  readonly pauseBudgetMs: number
  /** When the pause may be. Absent: at any time. */
  readonly window?: PlaybookWindow
  /** Digest of the playbook with its variables filled in. */
  readonly playbookDigest: string
  /** Which real things the playbook's names stand for. */
  readonly systems: readonly PlanSystem[]
  readonly lines: readonly PlanLine[]
  /** False: a system cannot be reached, refuses the kit or lacks what a step needs, see `errors`. Such a plan must not be run. */
  readonly ok: boolean
  readonly errors: readonly PlanError[]
  /**
   * SHA-256 of the playbook's digest and of what is shown. Equal digests: the same playbook would change the same things on
   * the same systems. What a gate reads is not in it: that moves all the time, and the run reads again.
   */
  readonly digest: string
}

export interface PlanSystem {
  /** Its name in the playbook. */
  readonly name: string
  /** Product, version, address and identity, as words; empty when it could not be looked at. */
  readonly is: string
  /** Why it could not be looked at. */
  readonly cannotBeLookedAt?: FailureRecord
}

export interface PlanError {
  /** Of the step, or the name of the system. */
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
 * Of everything that the plan shows, and the playbook's digest. Why something could not be looked at is left out: it
 * differs from one look to the next. So is when it was looked at.
 */
export function digestPlan(plan: Omit<Plan, 'digest' | 'ok' | 'errors' | 'file' | 'madeAt'>): string {
  const { playbookDigest, name, purpose, confirm, pauseBudgetMs, window = null } = plan
  const systems = plan.systems.map((system) => [system.name, system.is])
  const lines = plan.lines.map((line) => ({ ...line, cannotBeLookedAt: line.cannotBeLookedAt !== undefined }))
  return createHash('sha256')
    .update(JSON.stringify([playbookDigest, name, purpose, confirm, pauseBudgetMs, window, systems, lines]))
    .digest('hex')
}
