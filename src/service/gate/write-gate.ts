import type { GateState, WriteCounts } from '../../core/instance-status.ts'

/**
 * Lets units of work that may write pass, holds them, or refuses them. A unit is one autocommit statement or one whole
 * transaction. Knows nothing of databases; everything that waits, waits by its clock.
 *
 * open → closing → closed → open (released onto the next datasource, or aborted back onto the old one)
 *               ↘ refusing ↗
 */
export interface WriteGate {
  readonly state: GateState
  /** Counts the releases; a unit belongs to the datasource of the generation it was let in under. */
  readonly generation: number
  /** Why it refuses; '' otherwise. */
  readonly refusal: string
  counts(): WriteCounts
  /**
   * The way of a service without a cutover: at once, without a promise. Undefined: not open, ask `enter`.
   * @param end ends the unit early, for `late: end`.
   */
  tryEnter(end?: (reason: Error) => void): Unit | undefined
  /**
   * Waits its turn while the gate is closing or closed, first come, first served.
   * @throws GateError when it may not pass any more: limit reached, gate full, refused, asker gone. Nothing was sent.
   */
  enter(request: EnterRequest): Promise<Unit>
  /** New units are held from now on; no-op in the same epoch, an older epoch is ignored. */
  close(order: CloseOrder): void
  /** Resolves when no unit is under way; the gate is then closed. Rejects with the signal's reason. */
  whenDrained(signal: AbortSignal): Promise<void>
  /** Units under way, oldest first, for a late one to be ended. */
  running(): readonly RunningUnit[]
  /** What is held runs under the next generation, in order. */
  release(): void
  /** What is held runs under the present generation: the pause was called off. */
  abort(): void
  /** What is held is rejected, and so is everything new, until `release` or `abort`. */
  refuse(reason: string): void
}

/** A unit of work that was let in. */
export interface Unit {
  /** The generation it belongs to. */
  readonly generation: number
  /** It has ended, one way or the other. Further calls do nothing. */
  leave(): void
  /** From now on `late: end` must not touch it: its COMMIT is under way. */
  committing(): void
}

export interface RunningUnit {
  readonly sinceMs: number
  readonly committing: boolean
  /** What its owner gave for the case that it must end early. */
  readonly end: ((reason: Error) => void) | undefined
}

export interface EnterRequest {
  /** About how much memory is kept while it waits. */
  readonly bytes: number
  /** Writes of one key run in the order they came, also among many that are released at once. */
  readonly key?: string | undefined
  /** The asker is gone: nobody waits any more. */
  readonly signal?: AbortSignal | undefined
  /** Ends the unit early, for `late: end`. */
  readonly end?: ((reason: Error) => void) | undefined
}

export interface CloseOrder {
  readonly epoch: number
  /** How long one write is held at most from now on, milliseconds; the gate's own limit counts when it is shorter. */
  readonly limitMs: number
}

export interface GateLimits {
  /** How long one write is held at most, milliseconds. Default 8000: less than the usual time-outs of HTTP clients. */
  readonly holdMs: number
  /** How many writes are held at most; further ones are rejected at once. Default 1000. */
  readonly held: number
  /** Of one key. Default 100. */
  readonly heldPerKey: number
  /** Memory of all held ones, bytes. Default 16 MiB. */
  readonly bytes: number
  /** How many of the released run at the same time until the backlog is gone. Default 32. */
  readonly releaseConcurrency: number
}
