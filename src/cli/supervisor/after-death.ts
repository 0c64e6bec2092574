import { formatMs } from '../../core/deadline.ts'
import { toCutoverError } from '../../core/errors.ts'
import { foldJournal } from '../../core/fold.ts'
import type { RunState } from '../../core/run-state.ts'
import { tellWhatIsTrue, tellWhatToDo } from '../../core/tell-state.ts'
import { readJournal } from '../../runner/read-journal.ts'
import { exitCodes } from '../exit-codes.ts'
import type { ToldRun } from '../worker-channel.ts'
import { codeOfLeft, decideAfterDeath, type NextMove } from './decide-after-death.ts'
import { mostRestarts, type NextStart } from './restart-budget.ts'
import { releaseTerminal } from './release-terminal.ts'
import type { WorkerEnd } from './start-worker.ts'

interface Death {
  readonly end: WorkerEnd
  readonly run: ToldRun
  /** What the user asked for. */
  readonly command: string
  readonly next: NextStart
}

/** What to do now that the process of a run is gone, and what to tell about it. Never throws. */
export async function afterDeath(death: Death): Promise<{ readonly move: NextMove; readonly tell: string }> {
  releaseTerminal()
  const { run } = death
  const died = `The process of run ${run.runId} ${howItEnded(death.end)}`
  let state: RunState
  try {
    state = foldJournal(await readJournal(run.directory))
  } catch (error) {
    const { message, hint } = toCutoverError(error)
    const move: NextMove = { do: 'end', exitCode: exitCodes.stranded, why: message }
    return { move, tell: block([`${died}, and ${message}.`, ...(hint ? [`  next: ${hint}`] : [])]) }
  }
  if (!state.runId) {
    const move: NextMove = { do: 'end', exitCode: exitCodes.internal, why: 'it never began' }
    const said = `${died} before the run began. Nothing was changed.`
    return { move, tell: block([said, `  Its locks may be left: cutover resume ${run.runId} frees them.`]) }
  }
  return decide(death, state, died)
}

function decide(death: Death, state: RunState, died: string): { move: NextMove; tell: string } {
  const { command, run, next } = death
  const move = decideAfterDeath(state, run, command)
  if (move.do === 'end') {
    const ended =
      state.ended === undefined ? howItStands(state) : [`Its report: cutover report ${state.runId}`]
    return { move, tell: block([`${died}; ${move.why}.`, ...ended]) }
  }
  if (wasRefused(death.end)) {
    return leave(state, `${died}; nobody takes it up.`)
  }
  if (next.waitMs === undefined) {
    return leave(
      state,
      `${died}. It was restarted ${next.restarts} times; giving up: cutover ${move.command} ${state.runId}`,
    )
  }
  if (next.again) return { move, tell: block([`${died}. Trying again in ${formatMs(next.waitMs)}.`]) }
  const count = `(${next.restarts + 1} of ${mostRestarts})`
  return { move, tell: block([`${died}; ${move.why}. Restarting it: ${move.command} ${count}.`]) }
}

function leave(state: RunState, first: string): { move: NextMove; tell: string } {
  const move: NextMove = { do: 'end', exitCode: codeOfLeft(state), why: first }
  return { move, tell: block([first, ...howItStands(state)]) }
}

/** Somebody asked it to stop, or said no, before it took the run up: starting it again would be against their word. */
function wasRefused({ announced, run }: WorkerEnd): boolean {
  const { interrupted, declined, stopped } = exitCodes
  return run === undefined && [interrupted, declined, stopped].some((code) => code === announced)
}

function howItEnded({ announced, how }: WorkerEnd): string {
  return announced === undefined
    ? `has died (${how})`
    : `ended with status ${announced} and left it as it was`
}

function howItStands(state: RunState): readonly string[] {
  return [...tellWhatIsTrue(state), ...tellWhatToDo(state)].map((line) => `  ${line}`)
}

/** On lines of their own, below whatever the process was writing. */
function block(lines: readonly string[]): string {
  return `\n${lines.join('\n')}\n`
}
