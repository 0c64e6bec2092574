import type { GateState, WriteCounts } from '../../core/instance-status.ts'
import type { GateErrorReason } from './gate-error.ts'

/**
 * Is told what happens at a gate, after it has happened. It may call the gate. What it throws becomes a process
 * warning and changes nothing.
 */
export interface GateWatcher {
  /** The state has changed, or a release has changed the generation of an open gate. */
  changed?(change: GateChange): void
  /**
   * A write begins to wait. Called within its owner's own `enter`, so that the owner's asynchronous context is the
   * current one.
   * @returns is told how the waiting ended.
   */
  held?(): ((end: HoldEnd) => void) | undefined
  /** A write was rejected without having waited. */
  turnedAway?(reason: GateErrorReason): void
  /** The last write that was held when the gate opened has been let in, or is gone. Not called when there was none. */
  caughtUp?(): void
}

/** One edge of the gate. */
export interface GateChange {
  readonly from: GateState
  readonly to: GateState
  /** After the edge. */
  readonly generation: number
  readonly previousGeneration: number
  /** Of the order the gate follows or has followed last; undefined before the first. */
  readonly epoch: number | undefined
  /** Why it refuses; '' otherwise. */
  readonly refusal: string
  /** At the edge: what runs and what is held, before anything held is let in or rejected. */
  readonly counts: WriteCounts
}

/** What became of a held write. `abandoned`: whoever asked is gone. */
export type HoldOutcome = 'released' | 'expired' | 'rejected' | 'abandoned'

export interface HoldEnd {
  readonly outcome: HoldOutcome
  /** Why it was not let in; undefined when it was. */
  readonly reason: GateErrorReason | undefined
  readonly heldMs: number
  /** The generation it was let in under; undefined when it was not. */
  readonly generation: number | undefined
}
