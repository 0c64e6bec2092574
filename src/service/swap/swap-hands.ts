import type { Hold } from './hold.ts'

/** What the machine moves. Nothing here may wait: a switch happens in one turn of the event loop. */
export interface SwapHands {
  /** The gate passes writes at this moment. It keeps the expected moment by itself, and may be ahead of the machine. */
  isOpen(): boolean
  /** The gate is to close in `inMs`, also when the event loop is late then. Replaces what was expected before. */
  expect(hold: Hold, inMs: number): void
  /** What was expected was taken back. */
  forget(): void
  /** @param limitMs how long writes may be held from now on. */
  close(hold: Hold, limitMs: number): void
  refuse(reason: string): void
  /** From now on everything goes to the next datasource. */
  toTarget(hold: Hold): void
  /** The pause was called off: everything goes on where it was. */
  toSource(hold: Hold): void
}

/** A release as the target shows it. */
export interface ReleaseRow {
  /** Of the run's lock when the release was written. */
  readonly epoch: number
}

/** Which run the target is asked about, and since when the gate has not been open. */
export interface ReleaseQuestion {
  readonly runId: string
  /** Monotonic; undefined: the gate is open, there is no hurry. */
  readonly closedAtMs: number | undefined
}
