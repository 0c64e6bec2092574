import type { Change } from '../core/step.ts'
import type { PlanLine } from './plan.ts'

/**
 * Each step reads the world as it is now. What an earlier step of the same playbook will have changed by then is another
 * thing when the later one comes to it, so its line can only be predicted, however exactly it was read.
 */
export function doubtLaterChanges(lines: readonly PlanLine[]): readonly PlanLine[] {
  const touched = new Set<string>()
  return lines.map((line) => {
    if (line.type === 'gate' || line.cannotBeLookedAt) return line
    const changes = line.changes.map((change) => (touched.has(change.subject) ? doubted(change) : change))
    for (const { subject } of line.changes) touched.add(subject)
    return Object.assign({}, line, { changes, fidelity: leastOf(changes) })
  })
}

function doubted(change: Change): Change {
  return change.fidelity === 'exact' ? { ...change, fidelity: 'predicted' } : change
}

/** The least trustworthy of them. */
export function leastOf(changes: readonly Change[]): Change['fidelity'] {
  const order = ['unknown', 'predicted', 'exact'] as const
  return order.find((fidelity) => changes.some((change) => change.fidelity === fidelity)) ?? 'exact'
}
