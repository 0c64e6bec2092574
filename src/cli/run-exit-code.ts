import type { RunOutcome } from '../runner/outcome.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'

/** The exit status of a run that began. */
export function exitCodeOfRun(outcome: RunOutcome): ExitCode {
  switch (outcome.end) {
    case 'completed':
      return exitCodes.done
    case 'stranded':
      return exitCodes.stranded
    case 'undone':
      return outcome.declined ? exitCodes.declined : exitCodes.undone
    case 'stopped':
      return exitCodeOfStop(outcome)
  }
}

function exitCodeOfStop(outcome: RunOutcome): ExitCode {
  if (outcome.failure?.code === 'interrupted') return exitCodes.stopped
  if (outcome.noReturnPassed) return exitCodes.failedForward
  if (outcome.failure?.code === 'plan.drift') return exitCodes.refused
  return exitCodes.gate
}
