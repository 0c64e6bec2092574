import type { GateTiming } from '../core/gate.ts'
import type { OnFailure, PhaseName, Playbook, PlaybookItem } from '../core/playbook.ts'
import { canonicalDigest } from './canonical-digest.ts'
import type { CheckedItem } from './check-item.ts'
import { idOf, pointOfNoReturnIn } from './check-order.ts'
import { secretsReferredTo } from './check-references.ts'
import type { PlaybookShape } from './playbook-shape.ts'
import type { SourceText } from './source-text.ts'
import { plainValue, type YamlNode } from './yaml-tree.ts'

const defaultDeadlineMs = 60_000

/** The frozen playbook, from parts in which nothing is wrong. */
export function buildPlaybook(
  source: SourceText,
  root: YamlNode,
  shape: PlaybookShape,
  checked: readonly CheckedItem[],
): Playbook {
  const point = pointOfNoReturnIn(checked)
  const items = checked.map((item, index) => {
    // The step of no return itself counts as before: until its deed is announced, its failure can be walked back.
    const isBefore = item.phase !== 'settle' && (point === undefined || index <= point)
    return { phase: item.phase, item: buildItem(item, source, isBefore ? 'undo' : 'stop') }
  })
  const inPhase = (phase: PhaseName): readonly PlaybookItem[] =>
    items.filter((entry) => entry.phase === phase).map(({ item }) => item)
  return deepFreeze({
    name: shape.name,
    purpose: shape.purpose,
    file: source.file,
    digest: canonicalDigest(plainValue(root)),
    systems: shape.systems,
    services: shape.services,
    notice: shape.notice,
    confirm: shape.confirm,
    ...(shape.reverse !== undefined && { reverse: shape.reverse }),
    phases: { prepare: inPhase('prepare'), pause: inPhase('pause'), settle: inPhase('settle') },
    secrets: secretsReferredTo(root, checked),
    pauseBudgetMs: shape.pause.budget,
    onOverrun: shape.pause.onOverrun,
    onCrash: shape.pause.onCrash,
    ...(shape.window && { window: shape.window }),
  })
}

function buildItem(item: CheckedItem, source: SourceText, onFailure: OnFailure): PlaybookItem {
  const common = {
    id: idOf(item),
    uses: item.kind.kind,
    with: item.with,
    onFailure: item.fields?.onFailure ?? onFailure,
    place: source.placeAt(item.node.range.start),
  }
  if (item.type === 'gate') return { type: 'gate', ...common, timing: timingOf(item) }
  const { fields, kind } = item
  return {
    type: 'step',
    ...common,
    deadlineMs: fields?.deadline ?? kind.defaultDeadlineMs ?? defaultDeadlineMs,
    pointOfNoReturn: fields?.pointOfNoReturn ?? false,
  }
}

function timingOf({ fields, kind: { defaults } }: Extract<CheckedItem, { type: 'gate' }>): GateTiming {
  return {
    deadlineMs: fields?.deadline ?? defaults.deadlineMs,
    everyMs: fields?.every ?? defaults.everyMs,
    goodReadings: fields?.goodReadings ?? defaults.goodReadings,
  }
}

/** Freezes plain data all the way down; what a kind's schema made of other classes is its own business. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return value
  Object.freeze(value)
  for (const entry of Object.values(value)) deepFreeze(entry)
  return value
}
