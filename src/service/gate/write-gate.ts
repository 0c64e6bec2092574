import type { GateState, WriteCounts } from '../../core/instance-status.ts'
import type { GateWatcher } from './gate-watcher.ts'

/**
 * Lets units of work that may write pass, holds them, or refuses them. A unit is one autocommit statement or one whole
 * transaction. Knows nothing of databases; everything that waits, waits by its clock.
 *
 * open → closing → closed → open (released onto the next datasource, or aborted back onto the old one)
 *               ↘ refusing ↗
 *
 * `release`, `abort` and `refuse` may be called in every state.
 */
export interface WriteGate {
  readonly state: GateState
  /** Counts the releases; a unit belongs to the datasource of the generation it was let in under. */
  readonly generation: number
  /** Why it refuses; '' otherwise. */
  readonly refusal: string
  /** Cheap: it reads counters, however many writes run or are held. */
  counts(): WriteCounts
  /** How long the write that has waited longest has been held, milliseconds; 0 when none is. */
  oldestHeldMs(): number
  /**
   * The way of a service without a cutover: at once, without a promise. Undefined: not open, or writes that were held
   * are still being let in one after another; ask `enter`.
   * @param end ends the unit early, for `late: end`.
   */
  tryEnter(end?: (reason: Error) => void): Unit | undefined
  /**
   * Waits its turn while the gate is closing or closed, first come, first served. Whoever asks must await the answer
   * and leave the unit, also when it has lost interest in it: a unit nobody leaves keeps the gate from closing.
   * @throws GateError when it may not pass any more: limit reached, gate full, refused, asker gone. Nothing was sent.
   */
  enter(request: EnterRequest): Promise<Unit>
  /**
   * New units are held from now on, or from `order.inMs` on. An order with an epoch that is not higher than that of
   * the last order changes nothing, also when that one is over: a late echo must not close the gate again. Neither
   * does an order while the gate refuses; it may be given again after `release` or `abort`.
   * @returns whether this order is in force: the gate holds under it, or is going to.
   */
  close(order: CloseOrder): boolean
  /**
   * Resolves as soon as the gate is closed, or refuses, and no unit is under way. Rejects with the signal's reason,
   * and with nothing else: while the gate is open again it waits for the next time.
   */
  whenDrained(signal: AbortSignal): Promise<void>
  /** Units under way, oldest first, for a late one to be ended. */
  running(): readonly RunningUnit[]
  /**
   * What is held runs under the next generation, in order: at first few at the same time, then more, see
   * {@link GateLimits}. What has reached its limit is rejected even if no timer has had the time to say so. Units
   * still under way keep their generation.
   */
  release(): void
  /** What is held runs under the present generation: the pause was called off. Also takes back an order to come. */
  abort(): void
  /**
   * What is held is rejected, and so is everything new, until `release` or `abort`. Also stops a release whose first
   * writes show that the target does not take them.
   */
  refuse(reason: string): void
  /** Tells `watcher` what happens from now on, in order; returns the way to stop that. */
  watch(watcher: GateWatcher): () => void
}

/** A unit of work that was let in. */
export interface Unit {
  /** The generation it belongs to. */
  readonly generation: number
  /** It has ended, one way or the other. Further calls do nothing. */
  leave(): void
  /**
   * From now on `late: end` must not touch it: what it sends next may commit. To be called before COMMIT is sent, and
   * before a statement that commits by itself.
   */
  committing(): void
}

export interface RunningUnit {
  /** When it was let in, by the monotonic clock. */
  readonly sinceMs: number
  readonly committing: boolean
  /**
   * Ends it as its owner wished. Does nothing when it was ended before, has left, or is committing by now. Undefined:
   * its owner gave no way.
   */
  readonly end: ((reason: Error) => void) | undefined
}

export interface EnterRequest {
  /** About how much memory its owner keeps while it waits. The gate's own part, half a kilobyte, is not counted. */
  readonly bytes: number
  /** Writes of one key run in the order they came, also among many that are released at once. */
  readonly key?: string | undefined
  /** The asker is gone: nobody waits any more. */
  readonly signal?: AbortSignal | undefined
  /** Ends the unit early, for `late: end`. */
  readonly end?: ((reason: Error) => void) | undefined
}

export interface CloseOrder {
  /**
   * Grows from order to order over all runs, such as the moment of closing in milliseconds. The epoch of the notice
   * will not do: it is the same for all orders of a run.
   */
  readonly epoch: number
  /** How long one write is held at most, milliseconds; the gate's own limit counts when it is shorter. */
  readonly limitMs: number
  /**
   * When an open gate is to close, milliseconds from now; default at once. Kept exactly even when the event loop is late: whoever asks
   * after that moment finds the gate closed, whether or not its timer has fired.
   */
  readonly inMs?: number | undefined
}

export interface GateLimits {
  /** How long one write is held at most, milliseconds. Default 8000: less than the usual time-outs of HTTP clients. */
  readonly holdMs: number
  /** How many writes are held at most; further ones are rejected at once. Default 1000. */
  readonly held: number
  /** Of one key, so that one tenant cannot fill the gate. Default 100. */
  readonly heldPerKey: number
  /** Memory of all held ones, bytes. Default 16 MiB. */
  readonly bytes: number
  /** How many of the released run at the same time at first; each that ends makes room for two. Default 8. */
  readonly releaseStart: number
  /** How many of the released run at the same time at most until the backlog is gone. Default 32. */
  readonly releaseConcurrency: number
}
