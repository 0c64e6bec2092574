import type { Secret } from '../../core/secret.ts'

/** What users do during a rehearsal. Rates are per second; 0 leaves a stream out. */
export interface LoadOptions {
  /** Base address of the orders service as users reach it: the balancer. */
  readonly ordersUrl: string
  /** Base address of the billing service. Left out: no billing writes. */
  readonly billingUrl?: string
  /** Where the target's other writer writes straight into `stock.movements`. Left out: no stock writes. */
  readonly stock?: StockAccess
  /** JSONL log of everything that was sent and answered; made anew. */
  readonly logFile: string
  /** The same seed gives the same ids, payloads and choices. Default 1. */
  readonly seed?: number
  /** POST /orders, default 100. */
  readonly writesPerSecond?: number
  /** GET /orders/:id and, every tenth, GET /orders; default 200. */
  readonly readsPerSecond?: number
  /** POST /invoices, default 50. */
  readonly billingPerSecond?: number
  /** Default 20. */
  readonly stockPerSecond?: number
  /** Requests that run into an ordinary bug: a duplicate id, a column that does not exist. Default 2. */
  readonly probesPerSecond?: number
  /** Ids of orders that exist before the load starts; some hundred are enough. */
  readonly knownOrderIds: readonly string[]
  /** What answers may not show: table names, host names. SQL, stack traces and addresses are looked for anyway. */
  readonly leakWords?: readonly string[]
  /** Passwords that answers may not show. */
  readonly secrets?: readonly Secret[]
  /** A request without an answer after this time has an unknown outcome. Milliseconds, default 10,000. */
  readonly timeoutMs?: number
  /** Requests of one stream that may wait for an answer; an arrival beyond it is logged as not sent. Default 500. */
  readonly maxOutstanding?: number
  /** Tries after a friendly refusal, each after its Retry-After, with the same id. Default 0: sent once. */
  readonly retries?: number
}

export interface StockAccess {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: Secret
}

/** A load in its own process. Disposing of it ends the process at once. */
export interface RunningLoad extends AsyncDisposable {
  readonly pid: number
  readonly logFile: string
  /** Settles when the process has ended by itself: something is wrong. */
  readonly ended: Promise<void>
  /** Writes a named moment into the log; resolves with its wall-clock time in milliseconds. */
  mark(name: string): Promise<number>
  /** Sends nothing more, waits for answers, flushes the log. @throws `command.failed` when the process died. */
  stop(): Promise<LoadSummary>
}

export type Writer = 'orders' | 'billing' | 'stock'

/**
 * - `acknowledged`: the user was told it is written
 * - `refused-friendly`: the upgrading answer with its Retry-After
 * - `refused-other`: any other refusal, or no connection at all: nothing was sent
 * - `unknown`: sent, and lost or answered by "outcome unknown"
 * - `not-sent`: too many were waiting already
 */
export type WriteOutcome = 'acknowledged' | 'refused-friendly' | 'refused-other' | 'unknown' | 'not-sent'

/** Times are wall-clock milliseconds, taken from the monotonic clock of one process, so they never jump. */
export interface WriteLine {
  readonly type: 'write'
  readonly on: Writer
  readonly id: string
  /** When the schedule meant it to be sent; latency counts from here. */
  readonly intended: number
  readonly sent: number | null
  readonly answered: number | null
  readonly status: number | null
  readonly outcome: WriteOutcome
  /** The client's error code, or the kinds of leak found in a refusal. */
  readonly detail?: string
  readonly leaks?: readonly string[]
}

export interface ReadLine {
  readonly type: 'read'
  readonly what: 'one' | 'list'
  readonly intended: number
  readonly answered: number | null
  readonly status: number | null
  readonly outcome: 'ok' | 'failed' | 'not-sent'
  readonly detail?: string
}

export type Bug = 'duplicate-id' | 'bad-column'

/** `own`: the bug's own error. `upgrading`: a friendly refusal. `wrong`: anything else. */
export interface ProbeLine {
  readonly type: 'probe'
  readonly bug: Bug
  readonly intended: number
  readonly status: number | null
  readonly outcome: 'own' | 'upgrading' | 'wrong' | 'unknown'
}

export interface MarkLine {
  readonly type: 'mark'
  readonly name: string
  readonly at: number
}

export type LogLine = WriteLine | ReadLine | ProbeLine | MarkLine

export interface Latency {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

export interface WriteCounts {
  readonly acknowledged: number
  readonly refusedFriendly: number
  readonly refusedOther: number
  readonly unknown: number
  readonly notSent: number
  /** Of acknowledged writes, from the intended start; milliseconds. */
  readonly latencyMs: Latency
}

export interface ReadCounts {
  readonly ok: number
  readonly failed: number
  readonly notSent: number
  readonly latencyMs: Latency
}

export interface ProbeCounts {
  readonly own: number
  readonly upgrading: number
  readonly wrong: number
  readonly unknown: number
}

export interface LoadSummary {
  readonly seed: number
  readonly logFile: string
  readonly startedAt: number
  readonly stoppedAt: number
  readonly writes: Readonly<Record<Writer, WriteCounts>>
  readonly reads: ReadCounts
  readonly probes: Readonly<Record<Bug, ProbeCounts>>
  /** Refusals whose body showed something it must not. */
  readonly leaks: number
  readonly marks: readonly MarkLine[]
}

/** Ids of the load's rows begin with this, so that the audit can tell them from all others. */
export function idPrefix(on: Writer, seed: number): string {
  return `${{ orders: 'w', billing: 'b', stock: 'm' }[on]}-${seed}-`
}
