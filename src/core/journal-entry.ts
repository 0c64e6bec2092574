import type { ErrorCode } from './errors.ts'
import type { GateReading } from './gate.ts'
import type { Json } from './json.ts'
import type { PhaseName } from './playbook.ts'

/** What every entry carries. Entries are only ever appended; fields are only ever added. */
export interface EntryHead {
  /** 1, 2, 3 … without holes. */
  readonly seq: number
  /** Wall clock, ISO 8601 with milliseconds. */
  readonly at: string
  /** Monotonic clock of the process that wrote it, milliseconds; comparable only within one `pid`. */
  readonly monoMs: number
  readonly pid: number
  /** `user@host` of whoever caused the entry. */
  readonly actor: string
  /** Epoch of the run's lock under which it was written. */
  readonly epoch: number
  /** SHA-256 of the line before, so that a changed or lost line shows. The first entry has an empty string. */
  readonly prev: string
}

export interface FailureRecord {
  readonly code: ErrorCode
  readonly message: string
  readonly hint?: string
}

/** The facts of a run. An entry of a kind an older kit does not know stops that kit from touching the run. */
export type EntryBody =
  | {
      readonly type: 'run.started'
      readonly format: 1
      readonly runId: string
      readonly playbook: string
      readonly playbookDigest: string
      readonly planDigest: string
      readonly kit: string
      /** Id of the run that this one moves back. */
      readonly reverses?: string
    }
  /** `by: supervisor`: the process before this one died, and nobody was asked. */
  | { readonly type: 'run.resumed'; readonly by?: 'operator' | 'supervisor' }
  | { readonly type: 'phase.started'; readonly phase: PhaseName }
  | { readonly type: 'gate.waiting'; readonly id: string; readonly uses: string }
  | { readonly type: 'gate.read'; readonly id: string; readonly reading: GateReading }
  | { readonly type: 'gate.opened'; readonly id: string; readonly measured: string }
  | { readonly type: 'gate.failed'; readonly id: string; readonly failure: FailureRecord }
  | { readonly type: 'step.intended'; readonly id: string; readonly uses: string; readonly seen: Json }
  | { readonly type: 'step.done'; readonly id: string; readonly evidence: string; readonly facts?: Json }
  | { readonly type: 'step.failed'; readonly id: string; readonly failure: FailureRecord }
  | { readonly type: 'no-return.passed'; readonly id: string }
  | {
      readonly type: 'operator.answered'
      readonly id: string
      readonly question: string
      readonly answer: string
    }
  | { readonly type: 'operator.note'; readonly text: string; readonly by?: string }
  /** Somebody asked the run for something while it went on. */
  | {
      readonly type: 'operator.asked'
      readonly wish: ControlWish
      /** `user@host`, or the signal. */
      readonly by: string
      readonly why?: string
    }
  /** An item failed, and a person said what to do. */
  | {
      readonly type: 'failure.answered'
      readonly id: string
      readonly choice: FailureChoice
      readonly by: string
      readonly reason?: string
    }
  | { readonly type: 'item.skipped'; readonly id: string; readonly reason: string; readonly by: string }
  | { readonly type: 'undo.started'; readonly reason: FailureRecord }
  | { readonly type: 'undo.intended'; readonly id: string }
  | { readonly type: 'undo.done'; readonly id: string; readonly evidence: string }
  | { readonly type: 'undo.skipped'; readonly id: string; readonly why: string }
  | { readonly type: 'undo.failed'; readonly id: string; readonly failure: FailureRecord }
  | { readonly type: 'run.ended'; readonly outcome: RunEnd; readonly failure?: FailureRecord }

/** What may be asked of a run while it goes on. */
export type ControlWish =
  /** Stop at the next safe point and leave everything as it stands. */
  | 'park'
  /** Cut what is being done and walk back. */
  | 'undo'
  /** Wait at the next safe point. */
  | 'hold'
  /** Go on after a hold; takes back a park or a hold that has not happened yet. */
  | 'go-on'

/** What a person may say when an item failed. */
export type FailureChoice = 'retry' | 'skip' | 'mark-done' | 'undo' | 'park'

export type RunEnd =
  /** Every item done. */
  | 'completed'
  /** Failed or declined, and everything that was done was walked back. */
  | 'undone'
  /** Ended on purpose where it stands; nothing was walked back. */
  | 'stopped'
  /** Undo or the way forward failed; a person is needed. */
  | 'stranded'

export type JournalEntry = EntryHead & EntryBody
