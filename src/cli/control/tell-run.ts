import { formatMs } from '../../core/deadline.ts'
import { tellWhatIsTrue, tellWhatToDo } from '../../core/tell-state.ts'
import type { RunState } from '../../core/run-state.ts'
import { factLines } from '../terminal/fact-lines.ts'
import type { LookedAt } from './look-at-run.ts'

/** What `cutover status` says about one run. @param now milliseconds since 1970. */
export function tellRun(run: LookedAt, now: number): readonly string[] {
  const { state, last, condition } = run
  if (!last) return [`${run.directory}: ${conditionText(run)}`, ...whatToDo(run)]
  const age = formatMs(Math.max(0, now - Date.parse(last.at)))
  return [
    `run ${state.runId} of ${state.playbook}: ${conditionText(run)}`,
    `begun ${state.startedAt}; last entry ${last.type}${'id' in last ? ` ${last.id}` : ''}, ${age} ago, by ${last.actor}`,
    ...(run.position && run.live ? factLines(run.live, run.position) : []),
    ...(run.position ? wishLines(run) : []),
    ...(state.failure ? [`cause: ${state.failure.message}`] : []),
    ...section('What is true now', isMoving(run) ? [] : tellWhatIsTrue(state)),
    ...section('What to do', whatToDo(run)),
    ...(condition === 'completed' ? [] : [`directory ${run.directory}`]),
  ]
}

/** What to type next, for each condition. */
export function whatToDo(run: LookedAt): readonly string[] {
  const { state, condition, pid } = run
  const id = state.runId
  switch (condition) {
    case 'running':
    case 'held':
      return [
        ...(condition === 'held' ? [`Let it go on: cutover continue ${id}`] : []),
        `Watch it: cutover attach ${id}`,
        `Stop it at the next safe point: cutover stop ${id}`,
      ]
    case 'starting':
      return ['Answer at its own terminal; nothing is being done yet.']
    case 'not answering':
      return [
        `Process ${pid ?? 'unknown'} has it and does not answer. Look at that process before anything else.`,
      ]
    case 'elsewhere':
      return [`Ask on the machine it runs on: ${run.last?.actor.split('@')[1]}.`]
    default:
      return run.reversal ? tellReversal(run.reversal) : tellWhatToDo(state, wayBackOf(run))
  }
}

function tellReversal({ runId, ended }: RunState): readonly string[] {
  const how = ended === 'completed' ? 'has moved the service back' : 'is to move the service back'
  return [`Nothing here: run ${runId} ${how}. How it stands: cutover status ${runId}`]
}

function wayBackOf({ wayBack }: LookedAt): { readonly reverse?: string } {
  return wayBack ? { reverse: 'reverse.yaml' } : {}
}

/** One row of `status --all`. */
export function runRow(run: LookedAt): readonly string[] {
  const { state, condition, position } = run
  const place = position ? `${position.phase ?? ''} ${position.item}`.trim() : (state.failedItem ?? '')
  return [state.runId || run.directory, condition, place, state.startedAt, state.lastAt]
}

function conditionText({ condition, pid, last }: LookedAt): string {
  switch (condition) {
    case 'crashed':
      return `CRASHED: process ${pid ?? 'unknown'} is dead, and the run has not ended`
    case 'elsewhere':
      return `not ended, and its process is on another machine (${last?.actor})`
    case 'parked':
      return 'parked: stopped where it stands'
    case 'stranded':
      return 'STRANDED: a person is needed'
    case 'held':
      return `held by hand, process ${pid}`
    case 'starting':
      return `starting: process ${pid} plans or asks, and has done nothing yet`
    case 'running':
      return `running, process ${pid}`
    default:
      return condition
  }
}

function wishLines({ position }: LookedAt): readonly string[] {
  if (position?.pending === undefined) return []
  return [`asked to ${position.pending === 'park' ? 'stop' : 'wait'} ${position.safePoint}`]
}

/** What is true of a run in motion is over before it is read. */
function isMoving({ condition }: LookedAt): boolean {
  return ['running', 'starting', 'not answering', 'elsewhere'].includes(condition)
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)]
}
