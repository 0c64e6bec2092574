/** Time. Deadlines use the monotonic clock, records the wall clock; tests bring their own. */
export interface Clock {
  now(): Date
  monotonicMs(): number
  /** Resolves after `ms`; rejects with the signal's reason when it fires first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** Calls `callback` once after `ms`; returns its cancellation. */
  after(ms: number, callback: () => void): () => void
}
