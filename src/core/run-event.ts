import type { GateReading } from './gate.ts'
import type { FailureRecord, JournalEntry } from './journal-entry.ts'

/** What a run tells whoever watches it. Only `journal` events are facts of the run; the rest is for eyes. */
export type RunEvent =
  | { readonly type: 'journal'; readonly entry: JournalEntry }
  /** One look of a gate, also those that changed nothing and are not in the journal. */
  | {
      readonly type: 'gate.reading'
      readonly id: string
      readonly reading: GateReading
      /** Open readings in a row so far. */
      readonly good: number
      readonly goodWanted: number
      /** Milliseconds since the gate began to wait, and until it gives up. */
      readonly waitedMs: number
      readonly remainingMs: number
    }
  /** A line a step says to the operator. */
  | { readonly type: 'say'; readonly id: string; readonly text: string }
  /** An undo failed and is tried again after `waitMs`. */
  | {
      readonly type: 'undo.retry'
      readonly id: string
      /** The attempt that failed, from 1. */
      readonly attempt: number
      readonly attempts: number
      readonly waitMs: number
      readonly failure: FailureRecord
    }
  /** The pause is longer than announced, and nothing is walked back for it. */
  | {
      readonly type: 'pause.over-budget'
      readonly budgetMs: number
      /** True: the point of no return was passed. False: the playbook says to go on. */
      readonly passed: boolean
    }
  /** The run waits at a safe point until somebody says go-on. */
  | { readonly type: 'run.held'; readonly reason: string }
  /** Nothing is done until the window opens. Told about once a second. */
  | { readonly type: 'window.waiting'; readonly opensInMs: number }
  /** Somebody asked to stop after the point of no return: the pause is finished first. */
  | { readonly type: 'stop.deferred'; readonly reason: string }
