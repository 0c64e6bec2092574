import type { Catalogue } from '../core/gate.ts'
import type { PhaseName, Playbook } from '../core/playbook.ts'
import { buildPlaybook } from './build-playbook.ts'
import { checkItem } from './check-item.ts'
import { checkLocks } from './check-locks.ts'
import { checkNeeds } from './check-needs.ts'
import { checkOrder, type CheckedItems } from './check-order.ts'
import { checkReferences, secretsWrittenOut } from './check-references.ts'
import { checkValue } from './check-value.ts'
import { checkWindow } from './check-window.ts'
import { toComplaints, type Complaint } from './complaint.ts'
import { fillVariables, variablesUsedIn, type Variables } from './fill-variables.ts'
import type { Finding } from './finding.ts'
import { findHiddenText } from './hidden-text.ts'
import { findWarnings } from './find-warnings.ts'
import { playbookShape, type PlaybookShape } from './playbook-shape.ts'
import { readYaml } from './read-yaml.ts'
import { openSourceText, type TextRange } from './source-text.ts'
import { childOf, type YamlNode } from './yaml-tree.ts'

export interface LoadOptions {
  /** Name of the file in messages. */
  readonly file: string
  readonly text: string
  /** Values for `${NAME}`, usually the environment. */
  readonly variables: Variables
  /** Every kind of step and gate a playbook may use. */
  readonly catalogue: Catalogue
  /** Given: a window that has passed is warned about. Default: nobody asks what time it is. */
  readonly now?: Date | undefined
}

export type LoadResult =
  | {
      readonly ok: true
      readonly playbook: Playbook
      /** What is allowed and mostly not wanted, in the order of the file. */
      readonly warnings: readonly Complaint[]
      /** Names of the variables its values were made with. */
      readonly variables: readonly string[]
    }
  /** Everything that is wrong, in the order of the file; at least one. */
  | { readonly ok: false; readonly complaints: readonly Complaint[] }

/**
 * Turns a playbook's text into a checked, frozen playbook, or says everything that is wrong with it.
 * Whatever the text is, it never throws.
 */
export function loadPlaybook({ file, text, variables, catalogue, now }: LoadOptions): LoadResult {
  const source = openSourceText(file, text)
  const reading = readYaml(text)
  const hidden = findHiddenText(text, reading.root, reading.broken)
  const refuse = (findings: readonly Finding[], secrets: readonly TextRange[] = []): LoadResult => ({
    ok: false,
    complaints: toComplaints(findings, source, [...hidden, ...secrets]),
  })
  // What a broken text means is a guess, and complaints about a guess would only hide the real mistake.
  if (reading.broken) return refuse(reading.findings)
  if (!reading.root) return refuse([{ range: { start: 0, end: 0 }, message: 'The playbook is empty.' }])
  const { root, findings: unfilled } = fillVariables(reading.root, variables, text)
  const findings: Finding[] = [...reading.findings, ...unfilled]
  const shape = checkValue(playbookShape, root, findings)
  const checked = checkItems(root, catalogue, findings)
  const { items } = checked
  checkReferences(root, items, findings)
  checkLocks(root, findings)
  checkOrder(root, checked, findings)
  checkNeeds(root, checked.items, findings)
  if (shape.ok) {
    const { window, pause } = shape.value as PlaybookShape
    findings.push(...checkWindow(root, window, pause.budget))
  }
  if (findings.length > 0 || !shape.ok) return refuse(findings, secretsWrittenOut(root, items))
  const playbook = buildPlaybook(source, root, shape.value as PlaybookShape, items)
  const warnings = toComplaints(findWarnings({ root, items, playbook, now }), source, hidden)
  return { ok: true, playbook, warnings, variables: variablesUsedIn(root) }
}

function checkItems(root: YamlNode, catalogue: Catalogue, findings: Finding[]): CheckedItems {
  const lists: readonly (readonly [PhaseName, YamlNode | undefined])[] = [
    ['prepare', childOf(root, 'prepare')],
    ['pause', childOf(childOf(root, 'pause'), 'steps')],
    ['settle', childOf(root, 'settle')],
  ]
  const items = lists.flatMap(([phase, list]) => {
    if (list?.type !== 'list') return []
    return list.items.map((node) => checkItem(phase, node, catalogue, findings))
  })
  const known = items.filter((item) => item !== undefined)
  return { items: known, isComplete: known.length === items.length }
}
