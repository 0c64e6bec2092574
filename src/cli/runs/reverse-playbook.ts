import { dirname, join } from 'node:path'
import { CutoverError } from '../../core/errors.ts'
import type { Playbook } from '../../core/playbook.ts'
import { openPlaybookFile, type OpenPlaybook } from '../open-playbook.ts'

/**
 * Checks the playbook of the way back that `playbook` names, beside it. At three in the morning it must be right.
 *
 * @returns undefined when none is named.
 * @throws CutoverError `playbook.invalid` when it has mistakes, which are printed; `usage` when it cannot be read.
 */
export async function checkReverse(playbook: Playbook, file: string): Promise<OpenPlaybook | undefined> {
  const reverse = reverseOf(playbook, file)
  if (reverse === undefined) return undefined
  const opened = await openPlaybookFile(reverse, process.env, { warn: true })
  if (opened) return opened
  throw new CutoverError('playbook.invalid', `The way back of ${playbook.name} has mistakes`, {
    where: reverse,
    hint: `Mend it, or take "reverse: ${playbook.reverse}" out of the playbook: there is no way back then.`,
  })
}

/** File of the playbook of the way back; undefined when none is named. */
export function reverseOf(playbook: Playbook, file: string): string | undefined {
  return playbook.reverse === undefined ? undefined : join(dirname(file), playbook.reverse)
}
