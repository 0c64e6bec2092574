import type { z } from 'zod'
import type { AnyGateKind, Catalogue } from '../core/gate.ts'
import type { PhaseName } from '../core/playbook.ts'
import type { AnyStepKind } from '../core/step.ts'
import { checkValue } from './check-value.ts'
import { didYouMean, nearestWord, wordList } from './did-you-mean.ts'
import type { Finding } from './finding.ts'
import { gateShape, stepShape } from './playbook-shape.ts'
import { headOf, isUnfilled, type MapNode, type ScalarNode, type YamlNode } from './yaml-tree.ts'

interface CheckedPart {
  readonly phase: PhaseName
  readonly node: MapNode
  /** The value after `step:` or `gate:`. */
  readonly word: ScalarNode
  /** The `with`, an empty map where it is left out. */
  readonly settings: YamlNode
  /** As the kind's schema returned it; undefined when it did not fit. */
  readonly with: unknown
}

/** A step or gate whose kind is known. Its fields are absent where they were wrong. */
export type CheckedItem = CheckedPart &
  (
    | {
        readonly type: 'step'
        readonly kind: AnyStepKind
        readonly fields: z.infer<typeof stepShape> | undefined
      }
    | {
        readonly type: 'gate'
        readonly kind: AnyGateKind
        readonly fields: z.infer<typeof gateShape> | undefined
      }
  )

export function checkItem(
  phase: PhaseName,
  node: YamlNode,
  catalogue: Catalogue,
  findings: Finding[],
): CheckedItem | undefined {
  const report = (message: string, hint?: string, range = headOf(node)): undefined => {
    findings.push({ range, message, hint })
  }
  if (isUnfilled(node)) return undefined
  if (node.type !== 'map')
    return report('A step or gate is a map.', 'Write "- step: kind" or "- gate: kind".')
  const step = node.entries.get('step')
  const gate = node.entries.get('gate')
  if (step && gate)
    return report('An item is a step or a gate, not both.', 'Begin the second one with a new "-".', gate.key)
  const word = step ?? gate
  if (!word) return report(...explainNameless(node, catalogue))
  const type = step ? 'step' : 'gate'
  // Settings stand below, so that the mistakes of the item itself are told even when its kind is unknown.
  const fields = checkValue(type === 'step' ? stepShape : gateShape, node, findings)
  if (word.type !== 'scalar' || typeof word.value !== 'string' || word.unfilled) return undefined
  const kind = (type === 'step' ? catalogue.steps : catalogue.gates).get(word.value)
  if (!kind) return report(...explainUnknownKind(type, word.value, catalogue), word.range)
  const settings = settingsOf(node, word)
  const checked = checkValue(kind.schema, settings, findings)
  const part = { phase, node, word, settings, with: checked.ok ? checked.value : undefined }
  return { ...part, type, kind, fields: fields.ok ? fields.value : undefined } as CheckedItem
}

/** Left out, or written without a value: the kind decides whether it can do without. */
function settingsOf(node: MapNode, word: ScalarNode): YamlNode {
  const written = node.entries.get('with')
  if (written && (written.type !== 'scalar' || written.value !== null || written.unfilled)) return written
  const { range, key } = written ?? { range: word.range, key: word.range }
  return { type: 'map', entries: new Map(), range, key }
}

function explainNameless(node: MapNode, { steps, gates }: Catalogue): [string, string] {
  const keys = [...node.entries.keys()]
  const step = keys.find((key) => steps.has(key))
  const gate = keys.find((key) => gates.has(key))
  const message = 'An item begins with `step` or `gate`.'
  if (step !== undefined) return [message, `Write "- step: ${step}", and its settings under "with".`]
  if (gate !== undefined) return [message, `Write "- gate: ${gate}", and its settings under "with".`]
  const meant = keys.map((key) => nearestWord(key, ['step', 'gate'])).find(Boolean)
  return [
    meant ? `${message} Did you mean \`${meant}\`?` : message,
    'Write "- step: kind" or "- gate: kind".',
  ]
}

function explainUnknownKind(
  type: 'step' | 'gate',
  word: string,
  { steps, gates }: Catalogue,
): [string, string] {
  const [own, other] = type === 'step' ? [steps, gates] : [gates, steps]
  const message = `There is no ${type} \`${word}\`.`
  const otherType = type === 'step' ? 'gate' : 'step'
  if (other.has(word))
    return [`\`${word}\` is a ${otherType}, not a ${type}.`, `Write "- ${otherType}: ${word}".`]
  const known = [...own.keys()].sort()
  return [`${message}${didYouMean(word, known)}`, `Known ${type}s: ${wordList(known)}.`]
}
