import type { RunOutcome, RunRow } from '../../runner/outcome.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'

/** What of an outcome the exit status follows from. */
export type EndOfRun = Omit<RunOutcome, 'whatIsTrue' | 'whatToDo' | 'startedAt' | 'endedAt' | 'rows'> & {
  readonly rows: readonly Pick<RunRow, 'id' | 'type'>[]
}

/**
 * The exit status of a run that began.
 * @param wanted the end that was asked for: reaching it is success, also when it is to be undone.
 */
export function exitCodeOfRun(outcome: EndOfRun, wanted: 'completed' | 'undone' = 'completed'): ExitCode {
  if (outcome.end === wanted) return exitCodes.done
  if (outcome.failure?.code === 'locked') return exitCodes.locked
  switch (outcome.end) {
    case 'completed':
      return exitCodes.done
    case 'stranded':
      return exitCodes.stranded
    case 'undone':
      if (outcome.declined) return exitCodes.declined
      return outcome.nothingChanged ? exitCodeOfNothing(outcome) : exitCodes.undone
    case 'stopped':
      return exitCodeOfStop(outcome)
  }
}

/** There was nothing to walk back. */
function exitCodeOfNothing({ failure, failedItem, rows }: EndOfRun): ExitCode {
  if (failure?.code === 'interrupted') return exitCodes.stopped
  const failed = rows.find((row) => row.id === failedItem)
  return failed?.type === 'gate' ? exitCodes.gate : exitCodes.refused
}

function exitCodeOfStop(outcome: EndOfRun): ExitCode {
  if (outcome.failure?.code === 'interrupted') return exitCodes.stopped
  if (outcome.failure?.code === 'locked') return exitCodes.locked
  if (outcome.noReturnPassed) return exitCodes.failedForward
  if (outcome.failure?.code === 'plan.drift') return exitCodes.refused
  return exitCodes.gate
}
