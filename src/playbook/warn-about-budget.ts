import { formatMs } from '../core/deadline.ts'
import type { Playbook, PlaybookItem } from '../core/playbook.ts'
import { writeDuration } from './field-rows.ts'
import type { Judged } from './judged.ts'
import type { Finding } from './finding.ts'
import { childOf } from './yaml-tree.ts'

/**
 * The deadlines up to the point of no return must fit into the budget together.
 *
 * Up to there and no further, because only there the budget acts: passing it walks the run back. When the deadlines add
 * up to more, a step that is still within its own deadline is cut, and the run walks back for no fault of that step.
 * After the point of no return nothing is cut. Counting those deadlines, too, would only raise the budget, and so keep
 * users waiting longer for a walk back that has long been due.
 */
export function warnAboutBudget({ root, playbook }: Judged): readonly Finding[] {
  const items = untilNoReturn(playbook)
  const neededMs = items.reduce((sum, item) => sum + deadlineOf(item), 0)
  if (neededMs <= playbook.pauseBudgetMs) return []
  const budget = childOf(childOf(root, 'pause'), 'budget')
  const sum = items.map((item) => `${item.id} ${writeDuration(deadlineOf(item))}`).join(' + ')
  const until = items.length < playbook.phases.pause.length ? ' before the point of no return' : ''
  return [
    {
      range: (budget ?? root).range,
      message: `The deadlines of the pause${until} add up to ${formatMs(neededMs)}, more than its budget: ${sum}.`,
      hint: `Raise the budget to ${writeDuration(wholeMinutes(neededMs))}, or lower deadlines; one that is not written is the default of its kind.`,
    },
  ]
}

/** All of the pause when nothing in it is the point of no return. That step itself may not be cut any more. */
function untilNoReturn({ phases: { pause } }: Playbook): readonly PlaybookItem[] {
  const point = pause.findIndex((item) => item.type === 'step' && item.pointOfNoReturn)
  return point === -1 ? pause : pause.slice(0, point)
}

function deadlineOf(item: PlaybookItem): number {
  return item.type === 'step' ? item.deadlineMs : item.timing.deadlineMs
}

function wholeMinutes(ms: number): number {
  return Math.ceil(ms / 60_000) * 60_000
}
