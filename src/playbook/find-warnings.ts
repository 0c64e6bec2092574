import type { Playbook } from '../core/playbook.ts'
import type { CheckedItem } from './check-item.ts'
import { warnAboutBudget } from './warn-about-budget.ts'
import { warnAboutFences } from './warn-about-fences.ts'
import { warnAboutWaysOut } from './warn-about-ways-out.ts'
import { warnAboutWindow } from './warn-about-window.ts'
import type { Finding } from './finding.ts'
import type { YamlNode } from './yaml-tree.ts'

/** A playbook without mistakes, as text and as what it means. */
export interface Judged {
  readonly root: YamlNode
  /** In the order in which they run. */
  readonly items: readonly CheckedItem[]
  readonly playbook: Playbook
  /** Absent: nobody asks what time it is. */
  readonly now?: Date | undefined
}

/**
 * What is allowed and mostly not wanted. Only asked of a playbook in which nothing is wrong: what a wrong one would do
 * is a guess.
 */
export function findWarnings(judged: Judged): readonly Finding[] {
  const found = [
    ...warnAboutBudget(judged),
    ...warnAboutWindow(judged),
    ...warnAboutWaysOut(judged.items),
    ...warnAboutFences(judged.items),
  ]
  return found.map(asWarning)
}

function asWarning(finding: Finding): Finding {
  return { ...finding, level: 'warning' }
}
