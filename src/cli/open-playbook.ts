import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { CutoverError } from '../core/errors.ts'
import type { Playbook } from '../core/playbook.ts'
import { formatComplaints, loadPlaybook } from '../playbook/index.ts'
import { catalogue } from '../steps/catalogue.ts'
import { colours } from './colours.ts'
import { fileProblem } from './file-problem.ts'

/** Reads and checks a playbook; prints every complaint and returns undefined when there is one. */
export async function openPlaybook(
  file: string,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Playbook | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CutoverError('usage', `The playbook cannot be read: ${fileProblem(error)}`, {
      where: file,
      hint: 'Check the path; the shipped playbooks are in playbooks/.',
    })
  })
  const name = relative(process.cwd(), file)
  const result = loadPlaybook({ file: name.startsWith('..') ? file : name, text, variables, catalogue })
  if (result.ok) return result.playbook
  process.stderr.write(formatComplaints(result.complaints, { colour: colours(process.stderr) }))
  return undefined
}
