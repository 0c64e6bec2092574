import type { Catalogue } from '../core/gate.ts'
import type { ErrorCode } from '../core/errors.ts'
import { orAborted, startDeadline } from '../core/deadline.ts'
import {
  playbookItems,
  type PhaseName,
  type Playbook,
  type PlaybookGate,
  type PlaybookItem,
  type PlaybookStep,
} from '../core/playbook.ts'
import type { Ports } from '../core/ports/index.ts'
import { doubtLaterChanges, leastOf } from './doubt-later-changes.ts'
import { lookAtSystems } from './look-at-systems.ts'
import { digestPlan, type Plan, type PlanGate, type PlanLine, type PlanStep } from './plan.ts'
import { failureOf, gateKindOf, stepKindOf, type CallableStepKind } from './run.ts'

export interface PlanOptions {
  readonly playbook: Playbook
  readonly catalogue: Catalogue
  readonly ports: Ports
  readonly signal: AbortSignal
  /** Seen by the steps. Default `plan`. */
  readonly runId?: string | undefined
}

/** A look is a read; one that takes longer than this will not come. */
const lookMs = 30_000

/** Nothing of the plan can be trusted when these happen: the run would meet them too. */
const fatal: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'system.unreachable',
  'system.unauthenticated',
  'system.forbidden',
  'system.refused',
  'system.unsupported',
  'secret.unresolved',
])

/**
 * Asks every step what it would change and every gate what it wants. Touches nothing.
 * @throws only when the signal fires.
 */
export async function planPlaybook(options: PlanOptions): Promise<Plan> {
  const { playbook } = options
  const madeAt = options.ports.clock.now().toISOString()
  const looks: PlanLine[] = []
  const phases: readonly PhaseName[] = ['prepare', 'pause', 'settle']
  for (const phase of phases) {
    for (const item of playbook.phases[phase]) {
      looks.push(await planItem(options, item, phase, looks.length + 1))
    }
  }
  const lines = doubtLaterChanges(looks)
  const systems = await lookAtSystems(playbook, options.ports, options.signal)
  const all = [...systems.map(({ name, ...look }) => ({ ...look, id: name })), ...lines]
  const errors = all.flatMap(({ id, cannotBeLookedAt: failure }) =>
    failure && fatal.has(failure.code) ? [{ id, failure }] : [],
  )
  const { name, purpose, file, confirm, pauseBudgetMs, window, digest: playbookDigest } = playbook
  const when = window ? { madeAt, window } : { madeAt }
  const shown = { name, purpose, file, confirm, pauseBudgetMs, ...when, playbookDigest, systems, lines }
  return { ...shown, ok: errors.length === 0, errors, digest: digestPlan(shown) }
}

async function planItem(
  options: PlanOptions,
  item: PlaybookItem,
  phase: PhaseName,
  number: number,
): Promise<PlanLine> {
  options.signal.throwIfAborted()
  return item.type === 'step'
    ? planStep(options, item, phase, number)
    : planGate(options, item, phase, number)
}

async function planStep(
  options: PlanOptions,
  step: PlaybookStep,
  phase: PhaseName,
  number: number,
): Promise<PlanStep> {
  const kind = stepKindOf(options.catalogue, step.uses)
  const { id, uses, deadlineMs, onFailure, pointOfNoReturn } = step
  const common = { type: 'step', number, id, uses, phase, deadlineMs, onFailure, pointOfNoReturn } as const
  const undo = undoOf(options.playbook, step, kind)
  using deadline = startDeadline(options.ports.clock, lookMs, `the look at ${id}`, options.signal)
  try {
    const changes = await orAborted(
      kind.plan(contextOf(options, id, deadline.signal), step.with),
      deadline.signal,
    )
    return { ...common, undo, changes, fidelity: leastOf(changes) }
  } catch (error) {
    options.signal.throwIfAborted()
    const failure = failureOf(error, deadline.signal)
    return { ...common, undo, changes: [], fidelity: 'unknown', cannotBeLookedAt: failure }
  }
}

function planGate(options: PlanOptions, gate: PlaybookGate, phase: PhaseName, number: number): PlanGate {
  const { id, uses, onFailure, timing } = gate
  const { deadlineMs, goodReadings } = timing
  const common = { type: 'gate', number, id, uses, phase, deadlineMs, onFailure, goodReadings } as const
  try {
    const kind = gateKindOf(options.catalogue, uses)
    const approvalValidForMs = kind.approvalValidForMs?.(gate.with as never)
    const condition = kind.describe(gate.with as never)
    return { ...common, condition, ...(approvalValidForMs === undefined ? {} : { approvalValidForMs }) }
  } catch (error) {
    return { ...common, condition: uses, cannotBeLookedAt: failureOf(error) }
  }
}

function contextOf(options: PlanOptions, stepId: string, signal: AbortSignal) {
  const runId = options.runId ?? 'plan'
  const nothing = (): undefined => undefined
  return { runId, epoch: 0, stepId, ports: options.ports, signal, before: nothing, say: nothing }
}

function undoOf(playbook: Playbook, step: PlaybookStep, kind: CallableStepKind): PlanStep['undo'] {
  const items = playbookItems(playbook)
  const noReturn = items.findIndex((item) => item.type === 'step' && item.pointOfNoReturn)
  if (noReturn !== -1 && items.indexOf(step) >= noReturn) {
    return { possible: false, why: 'it is past the point of no return' }
  }
  if (kind.irreversible !== undefined) return { possible: false, why: kind.irreversible }
  return kind.undo ? { possible: true } : { possible: false, why: 'this kind of step has no undo' }
}
