import type { Playbook } from '../core/playbook.ts'
import type { CheckedItem } from './check-item.ts'
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
