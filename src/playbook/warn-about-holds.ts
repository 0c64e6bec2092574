import type { CheckedItem } from './check-item.ts'
import { idOf } from './check-order.ts'
import type { Finding } from './finding.ts'

/**
 * The order that keeps users from waiting for nothing: every process is ready, writes are held, the target takes them,
 * they are released. A playbook that leaves a part out may do it by hand or elsewhere, so these are warnings.
 */
export function warnAboutHolds(items: readonly CheckedItem[]): readonly Finding[] {
  const hold = items.findIndex((item) => doesWithHeld(item, 'hold'))
  const release = items.findLastIndex((item) => doesWithHeld(item, 'release'))
  const allow = items.findIndex((item) => item.type === 'step' && item.kind.writes === 'allowed')
  const ready = items.findIndex((item) => item.type === 'gate' && item.kind.proves === 'readiness')
  return [
    ...(hold !== -1 && release < hold ? warnAt(items[hold], ...neverReleased) : []),
    ...(hold !== -1 && (ready === -1 || ready > hold) ? warnAt(items[hold], ...notReady) : []),
    ...(release !== -1 && (hold === -1 || hold > release) ? warnAt(items[release], ...neverHeld) : []),
    ...(release !== -1 && (allow === -1 || allow > release) ? warnAt(items[release], ...tooEarly) : []),
  ]
}

type Words = readonly [message: string, hint: string]

const neverReleased: Words = [
  'holds writes, and no later step lets them go on: every one of them will be answered "upgrading".',
  'Put a step release-writes after the step that lets the target take writes.',
]
const notReady: Words = [
  'holds writes, and no gate before it looks whether every process has its next datasource open.',
  'Put a gate instances-ready before it.',
]
const neverHeld: Words = [
  'lets processes write to the target, and no earlier step held their writes: they meet the fence until then.',
  'Put a step hold-writes before the fence.',
]
const tooEarly: Words = [
  'lets processes write to the target before a step lets the target take writes.',
  'Put it after the step that allows writes, such as allow-writes.',
]

function doesWithHeld(item: CheckedItem, what: 'hold' | 'release'): boolean {
  return item.type === 'step' && item.kind.holds === what
}

function warnAt(item: CheckedItem | undefined, message: string, hint: string): readonly Finding[] {
  return item ? [{ range: item.word.range, message: `\`${idOf(item)}\` ${message}`, hint }] : []
}
