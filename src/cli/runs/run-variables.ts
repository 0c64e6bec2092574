import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CutoverError } from '../../core/errors.ts'
import type { Variables } from '../../playbook/index.ts'
import { writeDurably } from './write-durably.ts'

/** The variables a playbook's values were made with; null: it was not set, and the playbook's default was taken. */
export type RunVariables = Readonly<Record<string, string | null>>

interface VariablesFile {
  readonly kind: 'cutover-run-variables'
  readonly version: 1
  readonly values: RunVariables
}

export function pickVariables(names: readonly string[], environment: Variables): RunVariables {
  return Object.fromEntries(names.map((name) => [name, valueIn(environment, name)]))
}

/** The form in which a playbook is filled with them. */
export function asVariables(kept: RunVariables): Variables {
  return Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, value ?? undefined]))
}

/** Names of those that the environment sets to something else now. */
export function differingVariables(kept: RunVariables, environment: Variables): readonly string[] {
  return Object.keys(kept).filter((name) => {
    const now = valueIn(environment, name)
    return now !== null && now !== kept[name]
  })
}

/** For a playbook, an empty variable is one that is not set. */
function valueIn(environment: Variables, name: string): string | null {
  return (Object.hasOwn(environment, name) && environment[name]) || null
}

/** Keeps them with the run, so that it can be taken up from a shell that does not have them. Secrets are no variables. */
export async function writeRunVariables(directory: string, values: RunVariables): Promise<void> {
  const content: VariablesFile = { kind: 'cutover-run-variables', version: 1, values }
  await writeDurably(fileIn(directory), `${JSON.stringify(content, null, 2)}\n`)
}

/**
 * Undefined: the run was begun by a version of the kit that kept none.
 * @throws CutoverError `journal.unusable` when the file is damaged.
 */
export async function readRunVariables(directory: string): Promise<RunVariables | undefined> {
  const file = fileIn(directory)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unreadable(file)
  }
  return parse(text, file)
}

function parse(text: string, file: string): RunVariables {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    throw unreadable(file)
  }
  if (!isVariablesFile(content)) throw unreadable(file)
  return content.values
}

function isVariablesFile(content: unknown): content is VariablesFile {
  const { kind, version, values } = (content ?? {}) as Partial<VariablesFile>
  if (kind !== 'cutover-run-variables' || version !== 1) return false
  if (typeof values !== 'object' || values === null) return false
  return Object.values(values).every((value) => value === null || typeof value === 'string')
}

function unreadable(file: string): CutoverError {
  return new CutoverError('journal.unusable', 'The variables that the run was begun with cannot be read', {
    where: file,
    hint: 'Restore the file from a copy, or remove it and set the variables of the playbook as they were.',
  })
}

function fileIn(directory: string): string {
  return join(directory, 'variables.json')
}
