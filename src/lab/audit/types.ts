import type { Connection } from 'mysql2/promise'
import type { ProbeCounts, Bug, LoadSummary } from '../load/types.ts'

/** A server the audit reads as an administrator; a database of the lab is one. */
export interface AuditedServer {
  /** A session that may read everything. The audit ends it. */
  root(): Promise<Connection>
}

export interface AuditRequest {
  readonly source: AuditedServer
  readonly target: AuditedServer
  readonly load: LoadSummary
  /** Where the moved tables must be right: the target after a completed run, the source after one that was undone. */
  readonly truth: 'source' | 'target'
  /** Ids of orders that were there before the load begin with this. */
  readonly seededPrefix: string
  /** How many of those there must be; left out: as many as the other server has. */
  readonly seededOrders?: number
  /** Ids of the smoke test's orders begin with this. */
  readonly canaryPrefix: string
  /** Rows of order_lines that come with every order of the load. Default 1. */
  readonly linesPerOrder?: number
  /** Logs of loads that worked on these servers before; their writes must be where the truth is, too. */
  readonly earlierLogs?: readonly string[]
  /** True when the source follows the target at the end of the run. Default false: writes of the target stay there. */
  readonly reverseSync?: boolean
}

export interface AuditedWrites {
  readonly acknowledged: number
  /** Friendly or not. */
  readonly refused: number
  readonly refusedFriendly: number
  /** Sent, and nobody was told what became of it; see {@link Audit.unknownFound}. */
  readonly unknown: number
  /** Never sent, because too many were waiting. */
  readonly notSent: number
  /** Acknowledged and not where the truth is. */
  readonly lost: number
  /** Executed twice, once on each server or with its lines twice. */
  readonly doubled: number
}

export interface OkFailed {
  readonly ok: number
  readonly failed: number
}

/** What became of everything the load sent. The fields up to `pauseMs` go into the result file as they are. */
export interface Audit {
  /** True: no findings. */
  readonly ok: boolean
  readonly writes: AuditedWrites
  readonly reads: OkFailed
  /** Per service that must not have noticed anything: `billing`, `stock`. */
  readonly others: Readonly<Record<string, OkFailed>>
  /**
   * The pause as users saw it: from the intended start of the first refused write to the answer of the first
   * acknowledged write that only the target has (of the first one after the last refusal, when there is none such).
   * Without refusals the longest wait of a write around the switch, or of any when there was none. null: writes were refused and never taken again. Milliseconds.
   */
  readonly pauseMs: number | null
  /** Longest time without any acknowledged write of orders, milliseconds. */
  readonly longestGapMs: number
  /** Longest wait of an acknowledged write of orders from its intended start, milliseconds. */
  readonly longestWaitMs: number
  /**
   * When the first acknowledged write that only the target has was answered, wall-clock milliseconds; null: there is none,
   * or nothing tells.
   */
  readonly switchedAt: number | null
  readonly unknownFound: Readonly<Record<RowPlace, number>>
  /** Refused or unsent writes whose row is on a server nevertheless. */
  readonly refusedFound: number
  /** Orders that are neither seeded nor of the load nor a canary. */
  readonly extra: number
  /** Refusals that showed something they must not. */
  readonly leaks: number
  readonly probes: Readonly<Record<Bug, ProbeCounts>>
  /** Everything that is wrong, one sentence each with example ids; empty when all is well. */
  readonly findings: readonly string[]
}

export type RowPlace = 'both' | 'target' | 'source' | 'nowhere'
