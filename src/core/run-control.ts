import type { ControlWish } from './journal-entry.ts'
import type { PhaseName } from './playbook.ts'

/** Where a run is, for somebody who wants to steer it. */
export interface RunPosition {
  readonly phase: PhaseName | undefined
  /** Id of the step or gate in hand; empty between two items. */
  readonly item: string
  /** True from the first item of the pause until its last one has ended. */
  readonly inPause: boolean
  readonly noReturnPassed: boolean
  readonly undoing: boolean
  /** True: it waits at a safe point until somebody says go-on. */
  readonly held: boolean
  /** When a park or hold would take effect, as words: `now`, `after read-only-account`, `at the end of the pause`. */
  readonly safePoint: string
  /** What was asked for and has not happened yet. */
  readonly pending: 'park' | 'hold' | undefined
}

/** Steers a run while it goes on. Safe points are between two items outside the pause, and the end of the pause. */
export interface RunControl {
  /**
   * Resolves, when the wish is in the journal, to a sentence that says what will happen and when.
   * @param by `user@host`, or a signal's name.
   * @throws CutoverError `usage` when it cannot be had (undo after the point of no return), with the reason.
   */
  ask(wish: ControlWish, by: string, why?: string): Promise<string>
  /** Puts a remark on the record. */
  note(text: string, by: string): Promise<void>
  /** Undefined before the run began and after it ended. */
  position(): RunPosition | undefined
}
