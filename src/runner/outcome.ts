import type { FailureRecord, RunEnd } from '../core/journal-entry.ts'
import { phaseOf, playbookItems, type PhaseName, type Playbook, type PlaybookItem } from '../core/playbook.ts'
import type { ItemRecord, ItemState, RunState } from '../core/run-state.ts'
import { tellWhatIsTrue, tellWhatToDo } from '../core/tell-state.ts'

/** One line of the table at the end of a run. */
export interface RunRow {
  readonly id: string
  readonly uses: string
  readonly type: 'step' | 'gate'
  readonly phase: PhaseName
  readonly state: ItemState
  readonly durationMs: number
  /** Why it failed, what proved it, what it measured, or why its undo was left out. */
  readonly message?: string
}

/** How a run ended. Every failure is in here; nothing of it is thrown. */
export interface RunOutcome {
  readonly end: RunEnd
  readonly failure?: FailureRecord
  /** Id of the item at which the way forward ended. */
  readonly failedItem?: string
  /** True: a person said no. */
  readonly declined: boolean
  readonly noReturnPassed: boolean
  /** True: no step was begun, not even in part. */
  readonly nothingChanged: boolean
  /** Every item of the playbook, in its order. */
  readonly rows: readonly RunRow[]
  readonly whatIsTrue: readonly string[]
  readonly whatToDo: readonly string[]
  /** ISO 8601. */
  readonly startedAt: string
  readonly endedAt: string
}

export function describeOutcome(playbook: Playbook, state: RunState, end: RunEnd): RunOutcome {
  const failure = end === 'completed' ? undefined : state.failure
  return {
    end,
    ...(failure ? { failure } : {}),
    ...(failure && state.failedItem !== undefined ? { failedItem: state.failedItem } : {}),
    declined: failure?.code === 'operator.declined',
    noReturnPassed: state.noReturnPassed,
    nothingChanged: [...state.items.values()].every((item) => !item.touched && item.state !== 'undone'),
    rows: rowsOf(playbook, state),
    whatIsTrue: tellWhatIsTrue(state, playbook),
    whatToDo: tellWhatToDo(state, playbook),
    startedAt: state.startedAt,
    endedAt: state.lastAt,
  }
}

function rowsOf(playbook: Playbook, state: RunState): readonly RunRow[] {
  return playbookItems(playbook).map((item) => rowOf(playbook, item, state.items.get(item.id)))
}

function rowOf(playbook: Playbook, item: PlaybookItem, record: ItemRecord | undefined): RunRow {
  const message = record && messageOf(record)
  return {
    id: item.id,
    uses: item.uses,
    type: item.type,
    phase: phaseOf(playbook, item.id) ?? 'prepare',
    state: record?.state ?? 'waiting',
    durationMs: record?.durationMs ?? 0,
    ...(message === undefined ? {} : { message }),
  }
}

function messageOf(record: ItemRecord): string | undefined {
  if (record.undoSkipped !== undefined) return `not undone: ${record.undoSkipped}`
  return record.failure?.message ?? record.evidence
}
