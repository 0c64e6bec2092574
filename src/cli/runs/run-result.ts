import type { FailureRecord, RunEnd } from '../../core/journal-entry.ts'
import type { RunOutcome, RunRow } from '../../runner/outcome.ts'
import type { ExitCode } from '../exit-codes.ts'

/** What `cutover run --json FILE` writes. Fields are only ever added. */
export interface RunResult {
  readonly kind: 'cutover-run-result'
  readonly version: 1
  readonly runId: string
  readonly playbook: string
  readonly planDigest: string
  readonly outcome: RunEnd
  readonly exitCode: ExitCode
  /** ISO 8601. */
  readonly startedAt: string
  readonly endedAt: string
  readonly noReturnPassed: boolean
  readonly failure?: FailureRecord
  /** Id of the step or gate at which the way forward ended. */
  readonly failedItem?: string
  readonly steps: readonly RunRow[]
  /** Ids of the steps that were walked back. */
  readonly undone: readonly string[]
  readonly whatIsTrue: readonly string[]
  readonly whatToDo: readonly string[]
  /** Where the journal is. */
  readonly directory: string
}

export function makeRunResult(
  run: { readonly runId: string; readonly playbook: string; readonly directory: string },
  planDigest: string,
  outcome: RunOutcome,
  exitCode: ExitCode,
): RunResult {
  const { end, rows, failure, failedItem, noReturnPassed, whatIsTrue, whatToDo, startedAt, endedAt } = outcome
  return {
    kind: 'cutover-run-result',
    version: 1,
    ...run,
    planDigest,
    outcome: end,
    exitCode,
    startedAt,
    endedAt,
    noReturnPassed,
    ...(failure && { failure }),
    ...(failedItem !== undefined && { failedItem }),
    steps: rows,
    undone: rows.filter((row) => row.state === 'undone').map((row) => row.id),
    whatIsTrue,
    whatToDo,
  }
}
