import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { findRunDirectory } from '../runs/run-directory.ts'
import { connectControl } from './control-client.ts'
import { socketPathOf } from './socket-path.ts'

/**
 * The directory of a run to look at or to steer: by id, by path, or the newest that began. Also one that has no journal
 * yet, because its process is still planning or asking.
 * @throws CutoverError `usage` when there is none.
 */
export async function findRun(runs: string, run: string | undefined): Promise<string> {
  const candidates = run === undefined ? await runDirectories(runs) : [join(runs, run), run]
  for (const directory of candidates) {
    if ((await hasBegun(directory)) || (await isStarting(directory))) return directory
  }
  return findRunDirectory(runs, run) // says what there is instead
}

/** Every directory under `runs`, the newest first. */
export async function runDirectories(runs: string): Promise<readonly string[]> {
  const names = await readdir(runs).catch(() => [] as string[])
  return names
    .sort()
    .toReversed()
    .map((name) => join(runs, name))
}

/** It has a journal with something in it. */
export function hasBegun(directory: string): Promise<boolean> {
  return stat(join(directory, 'journal.jsonl')).then(
    (found) => found.isFile() && found.size > 0,
    () => false,
  )
}

/** Nothing is in its journal, but a process is at it. */
export async function isStarting(directory: string): Promise<boolean> {
  const isDirectory = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isDirectory) return false
  const found = await connectControl(await socketPathOf(directory))
  if (typeof found === 'string') return found === 'silent'
  found[Symbol.dispose]()
  return true
}
