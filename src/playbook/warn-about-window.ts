import { formatMs } from '../core/deadline.ts'
import type { Judged } from './judged.ts'
import type { Finding } from './finding.ts'
import { childOf } from './yaml-tree.ts'

/** Only a warning: a run that was begun in its window is still resumed and undone after it. */
export function warnAboutWindow({ root, playbook, now }: Judged): readonly Finding[] {
  const notAfter = playbook.window?.notAfter
  if (notAfter === undefined || !now) return []
  const leftMs = notAfter - now.getTime()
  if (leftMs >= playbook.pauseBudgetMs) return []
  const { range } = childOf(childOf(root, 'window'), 'notAfter') ?? root
  const message =
    leftMs <= 0
      ? `The window ended ${formatMs(-leftMs)} ago, so the pause cannot begin.`
      : `The window ends in ${formatMs(leftMs)}, too soon for a pause of ${formatMs(playbook.pauseBudgetMs)}, so the pause cannot begin.`
  return [{ range, message, hint: 'Agree on a new window, and write it here.' }]
}
