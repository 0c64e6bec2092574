import type { FailureRecord, RunEnd } from './journal-entry.ts'
import type { Json } from './json.ts'
import type { PhaseName } from './playbook.ts'

export type ItemState =
  /** Not begun; for a gate also: being watched. */
  | 'waiting'
  /** An intention without an outcome: what happened is not known, only `verify` or `undo` can tell. */
  | 'in-doubt'
  | 'done'
  | 'failed'
  /** Left out: a person said so, with a reason. */
  | 'skipped'
  | 'undone'
  /** Its undo failed: it still stands, wholly or in part. */
  | 'stranded'

/** What the journal says about one item. */
export interface ItemRecord {
  readonly id: string
  readonly type: 'step' | 'gate'
  /** Its kind; empty when it failed before its kind was recorded. */
  readonly uses: string
  /** The phase in which it was first reached. */
  readonly phase: PhaseName
  readonly state: ItemState
  /** True: the intention is recorded and no undo has finished since, so the deed may have happened. */
  readonly touched: boolean
  /** The before-image of the first intention. A later one, after a crash, may have seen half a deed. */
  readonly seen?: Json
  readonly failure?: FailureRecord
  /** A step's evidence, or what a gate measured. */
  readonly evidence?: string
  /** Why its undo was left out. */
  readonly undoSkipped?: string
  /** Number of the entry that says it is undone; 0 when none does. */
  readonly undoneSeq: number
  /** Milliseconds from the end of the item before; 0 while it has no outcome. */
  readonly durationMs: number
  /** Milliseconds its undo took; 0 when there was none. */
  readonly undoMs: number
  /** ISO 8601. */
  readonly startedAt: string
}

/** Everything a journal says, folded. Pure: the same entries always give the same state. */
export interface RunState {
  /** Empty while nothing is written. */
  readonly runId: string
  readonly playbook: string
  readonly playbookDigest: string
  readonly planDigest: string
  /** Id of the run that this one moves back. */
  readonly reverses: string | undefined
  readonly startedAt: string
  /** When the last entry was written. */
  readonly lastAt: string
  readonly phase: PhaseName | undefined
  /** When each phase began, ISO 8601. */
  readonly phaseStarts: Readonly<Partial<Record<PhaseName, string>>>
  /** In the order in which they were first touched. */
  readonly items: ReadonlyMap<string, ItemRecord>
  readonly noReturnPassed: boolean
  readonly noReturnAt: string | undefined
  /** Why undo began; from then on the run never goes forward again. */
  readonly undoReason: FailureRecord | undefined
  readonly failedItem: string | undefined
  /** What somebody asked for and has not happened yet: a process that takes the run up must still heed it. */
  readonly wish: { readonly wish: 'park' | 'hold' | 'undo'; readonly by: string } | undefined
  readonly failure: FailureRecord | undefined
  readonly ended: RunEnd | undefined
}

/** What may be done with a run as it stands. Nothing is offered for a run that needs nothing any more. */
export function waysOut(state: RunState): readonly ('resume' | 'undo')[] {
  if (state.ended === 'undone') return []
  if (state.noReturnPassed) return state.ended === 'completed' ? [] : ['resume']
  if (state.undoReason || state.ended === 'completed') return ['undo']
  return ['resume', 'undo']
}
