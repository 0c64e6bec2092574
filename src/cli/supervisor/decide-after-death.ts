import { waysOut, type RunState } from '../../core/run-state.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { exitCodeOfRun } from '../runs/run-exit-code.ts'
import type { ToldRun } from '../worker-channel.ts'

/** What a supervisor does when the process of a run has died. */
export type NextMove =
  | { readonly do: 'take-up'; readonly command: 'resume' | 'undo'; readonly why: string }
  | { readonly do: 'end'; readonly exitCode: ExitCode; readonly why: string }

type Told = Pick<ToldRun, 'onCrash' | 'pauseItems'>

/**
 * Pure. A run is taken up without asking only where waiting for a person would hurt: while users cannot write, and in
 * the middle of walking back. Everywhere else nobody is in a hurry, and a person should look first.
 * @param command what the user asked for.
 */
export function decideAfterDeath(state: RunState, told: Told, command: string): NextMove {
  if (state.ended !== undefined) {
    return { do: 'end', exitCode: codeOfEnded(state, command), why: `the run has ended: ${state.ended}` }
  }
  const ways = waysOut(state)
  if (state.undoReason && ways.includes('undo'))
    return { do: 'take-up', command: 'undo', why: 'it was walking back' }
  if (!inPause(state, told)) return { do: 'end', exitCode: codeOfLeft(state), why: 'it was not in the pause' }
  if (state.noReturnPassed) {
    return { do: 'take-up', command: 'resume', why: 'it was in the pause, past the point of no return' }
  }
  return { do: 'take-up', command: told.onCrash, why: 'it was in the pause' }
}

/** The status of a run that is left as it stands, for a person. */
export function codeOfLeft(state: RunState): ExitCode {
  return state.noReturnPassed ? exitCodes.failedForward : exitCodes.stranded
}

function inPause({ phase, items }: RunState, { pauseItems }: Told): boolean {
  const isOver = (id: string): boolean => ['done', 'skipped'].includes(items.get(id)?.state ?? '')
  return phase === 'pause' && !pauseItems.every(isOver)
}

function codeOfEnded(state: RunState, command: string): ExitCode {
  const rows = [...state.items.values()]
  const { ended = 'stranded', failure, failedItem, noReturnPassed } = state
  const end = {
    end: ended,
    ...(failure && { failure }),
    ...(failedItem !== undefined && { failedItem }),
    declined: failure?.code === 'operator.declined',
    noReturnPassed,
    nothingChanged: rows.every((item) => !item.touched && item.state !== 'undone'),
    rows,
  }
  return exitCodeOfRun(end, command === 'undo' ? 'undone' : 'completed')
}
