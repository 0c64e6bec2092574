import { setTimeout as wait } from 'node:timers/promises'
import type { JournalEntry } from '../../core/journal-entry.ts'
import type { RunEvent } from '../../core/run-event.ts'
import { readJournal } from '../../runner/read-journal.ts'
import { connectControl, type Connected } from './control-client.ts'
import { hasBegun } from './find-run.ts'
import { socketPathOf } from './socket-path.ts'

/** A process that died so recently may have a successor, milliseconds since the last entry. */
const freshMs = 600_000
/** How long to wait for it, milliseconds. */
const successorMs = 3000

/** Connects with the run of a directory. A supervisor needs a moment to begin anew; a run is not taken for dead then. */
export async function connectPatiently(
  directory: string,
  onEvent?: (event: RunEvent) => void,
): Promise<Connected> {
  const path = await socketPathOf(directory)
  const first = await connectControl(path, onEvent)
  if (first !== 'refused' || !isFresh((await entriesOf(directory)).at(-1))) return first
  const until = performance.now() + successorMs
  let found: Connected = first
  while (found === 'refused' && performance.now() < until) {
    await wait(100)
    found = await connectControl(path, onEvent)
  }
  return found
}

/** The journal of a run; empty when it has none yet. */
export async function entriesOf(directory: string): Promise<readonly JournalEntry[]> {
  return (await hasBegun(directory)) ? readJournal(directory) : []
}

function isFresh(last: JournalEntry | undefined): boolean {
  return last !== undefined && last.type !== 'run.ended' && Date.now() - Date.parse(last.at) < freshMs
}
