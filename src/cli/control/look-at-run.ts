import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { foldJournal } from '../../core/fold.ts'
import type { JournalEntry } from '../../core/journal-entry.ts'
import type { RunPosition } from '../../core/run-control.ts'
import { waysOut, type RunState } from '../../core/run-state.ts'
import { findReversal } from '../runs/reversed-run.ts'
import { hasWayBack } from '../runs/run-directory.ts'
import type { LiveFacts } from '../terminal/live-facts.ts'
import { connectPatiently, entriesOf } from './connect-patiently.ts'

export type Condition =
  /** A process is at it and has not begun to act: it plans, or asks. */
  | 'starting'
  | 'running'
  /** It waits at a safe point until somebody says go on. */
  | 'held'
  /** A process has it and does not answer. */
  | 'not answering'
  /** Ended on purpose where it stands; it can be taken up. */
  | 'parked'
  /** It has not ended, and its process is dead. */
  | 'crashed'
  /** It has not ended, its process was on another machine, and nobody answers here. */
  | 'elsewhere'
  | 'completed'
  | 'undone'
  | 'stranded'

/** What can be seen of a run from another process. */
export interface LookedAt {
  readonly directory: string
  readonly condition: Condition
  readonly state: RunState
  readonly last: JournalEntry | undefined
  /** Of the process that has it, or that was the last to have it. */
  readonly pid: number | undefined
  readonly position: RunPosition | undefined
  readonly live: LiveFacts | undefined
  /** True: its playbook named a way back. */
  readonly wayBack: boolean
  /** The run that has moved it back, or is doing so. */
  readonly reversal: RunState | undefined
}

export async function lookAtRun(directory: string): Promise<LookedAt> {
  const found = await connectPatiently(directory)
  // After the socket: what is read now is not older than what it says.
  const entries = await entriesOf(directory)
  const state = foldJournal(entries)
  const last = entries.at(-1)
  const wayBack = await hasWayBack(directory)
  const reversal = wayBack ? await findReversal(dirname(directory), state.runId) : undefined
  const seen = {
    directory,
    state,
    last,
    pid: last?.pid,
    position: undefined,
    live: undefined,
    wayBack,
    reversal,
  }
  if (typeof found === 'string') return { ...seen, condition: conditionOf(state, last, found) }
  using client = found
  const answer = (await client.request('position').catch(() => null)) as Answer | null
  const position = answer?.position ?? undefined
  const condition = answer === null ? 'not answering' : liveCondition(state, position)
  return { ...seen, pid: client.hello.pid, condition, position, live: answer?.live ?? undefined }
}

interface Answer {
  readonly position: RunPosition | null
  readonly live: LiveFacts | null
}

function liveCondition(state: RunState, position: RunPosition | undefined): Condition {
  if (position) return position.held ? 'held' : 'running'
  return state.runId === '' || !state.ended ? 'starting' : conditionOf(state, undefined, 'refused')
}

function conditionOf(
  state: RunState,
  last: JournalEntry | undefined,
  found: 'refused' | 'silent',
): Condition {
  if (found === 'silent') return 'not answering'
  if (state.ended === 'stopped') return waysOut(state).length > 0 ? 'parked' : 'undone'
  if (state.ended) return state.ended
  const [, host] = (last?.actor ?? '').split('@')
  return host !== undefined && host !== hostname() ? 'elsewhere' : 'crashed'
}
