import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { CutoverError } from '../core/errors.ts'
import type { Playbook } from '../core/playbook.ts'
import { systemClock } from '../core/system-clock.ts'
import {
  formatComplaints,
  loadPlaybook,
  type Complaint,
  type LoadResult,
  type Variables,
} from '../playbook/index.ts'
import { catalogue } from '../steps/catalogue.ts'
import { colours } from './colours.ts'
import { fileProblem } from './file-problem.ts'
import { pickVariables, type RunVariables } from './runs/run-variables.ts'

/** A playbook with everything it was made from, so that the very same one can be made again. */
export interface OpenPlaybook {
  readonly playbook: Playbook
  readonly text: string
  readonly variables: RunVariables
}

interface Options {
  /** Prints warnings as well. Default: no. */
  readonly warn?: boolean
}

/** Reads and checks a playbook; prints every complaint and returns undefined when there is a mistake. */
export async function openPlaybook(
  file: string,
  variables: Variables = process.env,
  options: Options = {},
): Promise<Playbook | undefined> {
  return (await openPlaybookFile(file, variables, options))?.playbook
}

/** As openPlaybook, with the text and the variables it was made from. */
export async function openPlaybookFile(
  file: string,
  variables: Variables = process.env,
  { warn = false }: Options = {},
): Promise<OpenPlaybook | undefined> {
  const text = await readText(file)
  const result = load(file, text, variables)
  if (!result.ok) {
    showComplaints(result.complaints)
    return undefined
  }
  if (warn) showComplaints(result.warnings)
  return { playbook: result.playbook, text, variables: pickVariables(result.variables, variables) }
}

/** @throws CutoverError `usage` when there is no such file; what is wrong in it is in the result. */
export async function readPlaybook(file: string, variables: Variables = process.env): Promise<LoadResult> {
  return load(file, await readText(file), variables)
}

function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new CutoverError('usage', `The playbook cannot be read: ${fileProblem(error)}`, {
      where: file,
      hint: 'Check the path; the shipped playbooks are in playbooks/.',
    })
  })
}

function load(file: string, text: string, variables: Variables): LoadResult {
  const name = relative(process.cwd(), file)
  const shown = name.startsWith('..') ? file : name
  return loadPlaybook({ file: shown, text, variables, catalogue, now: systemClock.now() })
}

/** On standard error, with the lines they are about. */
export function showComplaints(complaints: readonly Complaint[]): void {
  if (complaints.length === 0) return
  process.stderr.write(formatComplaints(complaints, { colour: colours(process.stderr) }))
}
