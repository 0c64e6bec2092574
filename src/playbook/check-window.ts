import { formatMs } from '../core/deadline.ts'
import type { PlaybookWindow } from '../core/playbook.ts'
import type { Finding } from './finding.ts'
import { childOf, headOf, type YamlNode } from './yaml-tree.ts'

/** A window in which the pause can never begin is a mistake, whatever time it is. */
export function checkWindow(
  root: YamlNode,
  window: PlaybookWindow | undefined,
  budgetMs: number,
): readonly Finding[] {
  const { notBefore, notAfter } = window ?? {}
  if (notBefore === undefined || notAfter === undefined || notAfter - notBefore >= budgetMs) return []
  const end = childOf(childOf(root, 'window'), 'notAfter')
  const range = (end ?? root).range
  const other = childOf(childOf(root, 'window'), 'notBefore')?.range
  if (notAfter <= notBefore) {
    return [
      {
        range,
        other,
        message: '`notAfter` is not after `notBefore`.',
        hint: 'Compare their days and offsets.',
      },
    ]
  }
  return [
    {
      range,
      other: headOf(childOf(childOf(root, 'pause'), 'budget') ?? root),
      message: `The window is ${formatMs(notAfter - notBefore)} long and the pause may take ${formatMs(budgetMs)}, so the pause could never begin.`,
      hint: 'Widen the window, or lower the budget.',
    },
  ]
}
