import type { JournalEntry } from './journal-entry.ts'
import type { PhaseName } from './playbook.ts'
import type { ItemRecord, RunState } from './run-state.ts'

type Mutable<T> = { -readonly [key in keyof T]: T[key] }
/** A run's state while its entries are read one by one. */
export type FoldDraft = Mutable<Omit<RunState, 'items' | 'phaseStarts'>> & {
  items: Map<string, ItemRecord>
  phaseStarts: Partial<Record<PhaseName, string>>
  /** The last moment at which one item ended and the next could begin. */
  boundary: Moment | undefined
  began: Map<string, Moment>
}
/** When an entry was written, by both clocks. */
export type Moment = Pick<JournalEntry, 'at' | 'monoMs' | 'pid'>

/** Before the first entry. */
export function emptyDraft(): FoldDraft {
  return {
    runId: '',
    playbook: '',
    playbookDigest: '',
    planDigest: '',
    reverses: undefined,
    startedAt: '',
    lastAt: '',
    phase: undefined,
    phaseStarts: {},
    items: new Map(),
    noReturnPassed: false,
    noReturnAt: undefined,
    undoReason: undefined,
    failedItem: undefined,
    wish: undefined,
    failure: undefined,
    ended: undefined,
    boundary: undefined,
    began: new Map(),
  }
}
