import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { CutoverError } from '../core/errors.ts'
import type { Playbook } from '../core/playbook.ts'
import { systemClock } from '../core/system-clock.ts'
import { formatComplaints, loadPlaybook, type Complaint, type LoadResult } from '../playbook/index.ts'
import { catalogue } from '../steps/catalogue.ts'
import { colours } from './colours.ts'
import { fileProblem } from './file-problem.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads and checks a playbook; prints every complaint and returns undefined when there is a mistake.
 * @param warn prints warnings as well. Default: no.
 */
export async function openPlaybook(
  file: string,
  variables: Environment = process.env,
  { warn = false }: { readonly warn?: boolean } = {},
): Promise<Playbook | undefined> {
  const result = await readPlaybook(file, variables)
  if (!result.ok) showComplaints(result.complaints)
  else if (warn) showComplaints(result.warnings)
  return result.ok ? result.playbook : undefined
}

/** @throws CutoverError `usage` when there is no such file; what is wrong in it is in the result. */
export async function readPlaybook(file: string, variables: Environment = process.env): Promise<LoadResult> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CutoverError('usage', `The playbook cannot be read: ${fileProblem(error)}`, {
      where: file,
      hint: 'Check the path; the shipped playbooks are in playbooks/.',
    })
  })
  const name = relative(process.cwd(), file)
  const shown = name.startsWith('..') ? file : name
  return loadPlaybook({ file: shown, text, variables, catalogue, now: systemClock.now() })
}

/** On standard error, with the lines they are about. */
export function showComplaints(complaints: readonly Complaint[]): void {
  if (complaints.length === 0) return
  process.stderr.write(formatComplaints(complaints, { colour: colours(process.stderr) }))
}
