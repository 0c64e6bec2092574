import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalEntry } from '../../../src/core/journal-entry.ts'

/**
 * Where a pause went, milliseconds by the runner's journal: from the moment the gates were to close, over the end of
 * each item of the critical stretch, to the first answer from the target.
 */
export async function splitPause(
  directory: string,
  firstAnswerAt: number,
): Promise<ReadonlyMap<string, number>> {
  const text = await readFile(join(directory, 'journal.jsonl'), 'utf8')
  const entries = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as JournalEntry)
  const ends: [name: string, at: number][] = []
  let since = 0
  for (const entry of entries) {
    if (entry.type === 'step.done' && entry.id === 'hold')
      since = Date.parse((entry.facts as { at?: string } | undefined)?.at ?? '')
    if (since === 0) continue
    const ended = entry.type === 'step.done' || entry.type === 'gate.opened'
    if (ended) ends.push([entry.id, Date.parse(entry.at)])
    if (entry.type === 'step.intended' && entry.id === 'release') break
  }
  const split = new Map<string, number>()
  for (const [name, at] of [...ends, ['first answer', firstAnswerAt] as const]) {
    split.set(name, at - since)
    since = at
  }
  return split
}
