import type { Judged } from './judged.ts'
import { warnAboutBudget } from './warn-about-budget.ts'
import { warnAboutFences } from './warn-about-fences.ts'
import { warnAboutFollowingPools } from './warn-about-following-pools.ts'
import { warnAboutHolds } from './warn-about-holds.ts'
import { warnAboutWaysOut } from './warn-about-ways-out.ts'
import { warnAboutWindow } from './warn-about-window.ts'
import type { Finding } from './finding.ts'

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
    ...warnAboutHolds(judged.items),
    ...warnAboutFollowingPools(judged),
  ]
  return found.map(asWarning)
}

function asWarning(finding: Finding): Finding {
  return { ...finding, level: 'warning' }
}
