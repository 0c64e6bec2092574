import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lab } from '../../src/lab/open-lab.ts'

/** The end of what a command said. */
export function lastWords(text: string, lines = 6): string {
  return text.trim().split('\n').slice(-lines).join(' | ')
}

export async function runDirectories(lab: Lab): Promise<readonly string[]> {
  const runs = join(lab.directory, 'runs')
  const names = await readdir(runs).catch(() => [] as string[])
  return names.map((name) => join(runs, name))
}
