import type { NoticePhase } from './notice.ts'

/**
 * What one process of a service says about its writes. The service library answers with it, the runner reads it.
 * Never holds a password, an SQL text or a user's data.
 */
export interface InstanceStatus {
  readonly kind: 'cutover-instance'
  readonly version: 1
  readonly service: string
  /** Tells the processes of a service apart, such as `orders-1` or `host:pid`. Another one after a restart of the same place. */
  readonly instance: string
  /** The process' own wall clock when it answered, ISO 8601 in UTC with milliseconds. */
  readonly now: string
  /** The newest notice it has heard that is for its service. */
  readonly notice: HeardNotice | null
  readonly gate: GateState
  /** Why the gate refuses; '' otherwise. */
  readonly refusal: string
  /** How many times this process has changed its datasource; 0 at its start. */
  readonly generation: number
  /** `host:port/schema` that its writes go to. */
  readonly datasource: string
  /** The datasource it is going to have; null: it has heard of none. */
  readonly next: NextDatasource | null
  readonly writes: WriteCounts
  readonly errors: ErrorCounts
}

export interface HeardNotice {
  readonly runId: string
  readonly epoch: number
  readonly phase: NoticePhase
  /** The moment at which it closes, or closed, its gate. */
  readonly holdAt: string | null
}

/**
 * `open`: writes pass. `closing`: new ones are held, those that had begun go on. `closed`: no unit of work is under
 * way. `refusing`: writes are answered "upgrading" and not held.
 */
export const gateStates = ['open', 'closing', 'closed', 'refusing'] as const
export type GateState = (typeof gateStates)[number]

export interface NextDatasource {
  /** Version of the staged document it was read from. */
  readonly etag: string
  readonly datasource: string
  /** True: its connections are open, and everything that was looked at there is in order. */
  readonly ready: boolean
  /** What is not in order, a sentence each. */
  readonly problems: readonly string[]
}

export interface WriteCounts {
  /** Units of work under way that may write. */
  readonly running: number
  /** Age of the oldest of them, milliseconds; 0 without any. */
  readonly oldestMs: number
  readonly held: number
  readonly heldBytes: number
  /** Since the process began: held writes by what became of them. */
  readonly released: number
  readonly expired: number
  readonly rejected: number
  readonly abandoned: number
}

/** Since the process began. */
export interface ErrorCounts {
  /** Answered "upgrading". */
  readonly mapped: number
  /** Came during a window and were passed on as what they are. */
  readonly passed: number
  /** Writes whose outcome is not known. */
  readonly unknown: number
}
