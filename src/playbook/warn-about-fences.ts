import type { GateKind } from '../core/gate.ts'
import type { StepKind } from '../core/step.ts'
import type { CheckedItem } from './check-item.ts'
import { idOf, pointOfNoReturnIn } from './check-order.ts'
import type { Finding } from './finding.ts'

/**
 * The order that keeps writes: refuse them on the source, prove it, see that the target has everything, take them on
 * the target. A playbook that leaves a part out may do it by hand or elsewhere, so these are warnings.
 */
export function warnAboutFences(items: readonly CheckedItem[]): readonly Finding[] {
  const fence = items.findLastIndex((item) => writesAfter(item) === 'refused')
  const release = items.findIndex((item) => writesAfter(item) === 'allowed')
  if (fence === -1 && release === -1) return []
  if (release === -1) return warnAt(items[fence], ...nobodyCanWrite)
  const early = warnAboutEarlyRelease(items, release)
  if (fence === -1 || release < fence) return [...early, ...warnAt(items[release], ...bothSidesTakeWrites)]
  const between = items.slice(fence + 1, release)
  const missing = (['silence', 'position'] as const).filter(
    (proof) => !between.some((item) => provenBy(item) === proof),
  )
  return [...early, ...missing.flatMap((proof) => warnAt(items[release], ...unproven[proof]))]
}

type Words = readonly [message: string, hint: string]

const nobodyCanWrite: Words = [
  'refuses writes, and no later step lets anything take them: when the run is completed nobody can write.',
  'Add a step that allows writes, such as allow-writes, or undo the run when you are done.',
]
const bothSidesTakeWrites: Words = [
  'lets the target take writes while no earlier step refuses them on the source: both may take them.',
  'Put a step that refuses writes, such as stop-writes, before it.',
]
const undoLosesWrites: Words = [
  'lets the target take writes before the point of no return: an undo after it would leave them behind.',
  'Mark this step with pointOfNoReturn.',
]
const unproven: Readonly<Record<'silence' | 'position', Words>> = {
  silence: [
    'lets the target take writes, and no gate after the last fence proves that the source takes none.',
    'Put a gate writes-stopped between them.',
  ],
  position: [
    'lets the target take writes, and no gate after the last fence proves that it has applied everything.',
    'Put a gate caught-up between them.',
  ],
}

function warnAboutEarlyRelease(items: readonly CheckedItem[], release: number): readonly Finding[] {
  const point = pointOfNoReturnIn(items)
  return point !== undefined && point <= release ? [] : warnAt(items[release], ...undoLosesWrites)
}

function warnAt(item: CheckedItem | undefined, message: string, hint: string): readonly Finding[] {
  return item ? [{ range: item.word.range, message: `\`${idOf(item)}\` ${message}`, hint }] : []
}

function writesAfter(item: CheckedItem): StepKind['writes'] {
  return item.type === 'step' ? item.kind.writes : undefined
}

function provenBy(item: CheckedItem): GateKind['proves'] {
  return item.type === 'gate' ? item.kind.proves : undefined
}
