import type { Applied } from '../core/ports/sync-task.ts'

/**
 * What a target has of a position, in the words of one product. A log position is the only thing that decides:
 * `Seconds_Behind` may say 0 while bytes are stuck on the way.
 */
export interface GtidLag {
  /** Looks once, without waiting. */
  look(signal: AbortSignal): Promise<Applied>
  /** Lets the server wait for what the last look found missing, at most so long; then looks again. */
  wait(ms: number, signal: AbortSignal): Promise<Applied>
  /** Why it may never arrive although replication runs; undefined: no reason is known. */
  whyNever(signal: AbortSignal): Promise<string | undefined>
}

const longestGtidInText = 200

/** A GTID set in a message; long ones are cut. */
export function shortGtid(gtid: string): string {
  return gtid.length <= longestGtidInText ? gtid : `${gtid.slice(0, longestGtidInText)}…`
}
