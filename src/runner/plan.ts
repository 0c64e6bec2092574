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
  /** SHA-256 of the playbook's digest and the changes. Equal digests: the same playbook would change the same things. */
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
}

/** Only what the plan says will change counts; why an item could not be looked at differs from one look to the next. */
export function digestPlan(playbookDigest: string, lines: readonly PlanLine[]): string {
  const canonical = lines.map((line) =>
    line.type === 'gate'
      ? [line.id, line.condition, line.cannotBeLookedAt !== undefined]
      : [line.id, line.changes.map(canonicalChange), line.cannotBeLookedAt !== undefined],
  )
  return createHash('sha256')
    .update(JSON.stringify([playbookDigest, canonical]))
    .digest('hex')
}

function canonicalChange(change: Change): readonly (string | null)[] {
  return [change.subject, change.from ?? null, change.to ?? null, change.fidelity]
}
