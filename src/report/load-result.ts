/** What the users of a rehearsal saw, and what the audit found. Written by the lab, shown by the report. */
export interface LoadResult {
  /** First refused write to first accepted write on the target, milliseconds; null when no write was refused. */
  readonly pauseMs: number | null
  readonly writes: {
    readonly acknowledged: number
    readonly refused: number
    /** Of the refused: those that got the "upgrading" answer. */
    readonly refusedFriendly: number
    /** Neither acknowledged nor refused: the answer did not come. */
    readonly unknown: number
    /** Acknowledged, and not to be found on the right server. */
    readonly lost: number
    /** To be found more than once. */
    readonly doubled: number
  }
  readonly reads: RequestCount
  /** Per service that must not notice anything. */
  readonly others: Readonly<Record<string, RequestCount>>
  readonly audit: {
    readonly passed: boolean
    /** One finding per line, good ones too. */
    readonly lines: readonly string[]
  }
}

export interface RequestCount {
  readonly ok: number
  readonly failed: number
}
