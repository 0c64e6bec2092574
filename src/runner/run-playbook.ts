import { CutoverError } from '../core/errors.ts'
import type { Catalogue } from '../core/gate.ts'
import type { FailureRecord, RunEnd } from '../core/journal-entry.ts'
import type { Playbook } from '../core/playbook.ts'
import type { Ports } from '../core/ports/index.ts'
import type { JournalStore } from '../core/ports/journal-store.ts'
import type { RunEvent } from '../core/run-event.ts'
import { waysOut, type RunState } from '../core/run-state.ts'
import { describeOutcome, type RunOutcome } from './outcome.ts'
import { createLookAhead } from './look-ahead.ts'
import { planPlaybook } from './plan-playbook.ts'
import { recordAnswers } from './record-answers.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { runItems } from './run-items.ts'
import { checkKinds, failureOf, type Halt, type Run } from './run.ts'
import type { RunWheel } from './run-control.ts'
import { Steering } from './steering.ts'
import { undoSteps } from './undo-steps.ts'

export interface RunOptions {
  readonly playbook: Playbook
  readonly catalogue: Catalogue
  readonly ports: Ports
  /** Of this run alone. When it already has entries, the run is taken up where they end. */
  readonly journal: JournalStore
  /** Asks the run to stop. Before the point of no return that leads to undo. */
  readonly signal: AbortSignal
  readonly runId: string
  /** Of the run's lock; goes into every context. */
  readonly epoch: number
  /**
   * Digest of the plan that was approved: the run ends before its first step when the plan differs now. Default: the one
   * in the journal, when the run is taken up.
   */
  readonly expectedPlanDigest?: string | undefined
  /** Who takes up a run that has begun; the supervisor does after its process died. Default: the operator. */
  readonly takenUpBy?: 'operator' | 'supervisor' | undefined
  readonly kitVersion: string
  /** Steers the run while it goes on; see `createRunControl`. Default: nobody does. */
  readonly control?: RunWheel | undefined
  /** Id of the run that this one moves back; goes into the first entry. */
  readonly reverses?: string | undefined
  /** Told everything, in order. What it throws is ignored. Default: nobody listens. */
  readonly onEvent?: ((event: RunEvent) => void) | undefined
}

/**
 * Runs a playbook, or takes up a run that a crash or a stop left unfinished: done steps stay done, a step in doubt is
 * settled by its `verify`.
 * A failure of a step, a gate, the plan check or the journal is in the outcome, never thrown.
 * @throws CutoverError `usage` when the journal's run cannot go forward any more (ended, or already walking back) and
 *   `plan.drift` when it belongs to another playbook; nothing was done then.
 */
export async function runPlaybook(options: RunOptions): Promise<RunOutcome> {
  return withRun(options, async (run) => {
    const halt = (await begin(run, options)) ?? (await runItems(run))
    return halt ? giveUp(run, halt) : endRun(run, 'completed')
  })
}

/**
 * Walks back everything a run did. Takes up an undo that was cut off or failed in part.
 * @throws CutoverError `usage` when the point of no return was passed or there is nothing to walk back.
 */
export async function undoRun(options: Omit<RunOptions, 'expectedPlanDigest'>): Promise<RunOutcome> {
  return withRun(options, async (run) => {
    const state = run.recorder.state()
    checkSamePlaybook(options.playbook, state)
    if (!state.runId || !waysOut(state).includes('undo')) throw cannot('undone', state, options.playbook)
    const reason = state.undoReason ?? askedForUndo(options.takenUpBy)
    return endRun(run, await undoSteps(run, reason))
  })
}

function askedForUndo(by: RunOptions['takenUpBy']): FailureRecord {
  const died = "the run's process died in the pause, and the playbook wants undo then"
  return { code: 'interrupted', message: by === 'supervisor' ? died : 'the operator asked for undo' }
}

async function withRun(options: RunOptions, work: (run: Run) => Promise<RunOutcome>): Promise<RunOutcome> {
  const recorder = await createRecorder(options.journal, options.onEvent ?? (() => undefined))
  const { playbook, catalogue, runId, epoch, signal } = options
  checkKinds(playbook, catalogue)
  const heedsEarlierWish = options.takenUpBy === 'supervisor'
  const { clock } = options.ports
  using steering = new Steering({ signal, clock, playbook, recorder, heedsEarlierWish })
  using _wheel = options.control?.attach({
    ask: (wish, by, why) => steering.ask(wish, by, why),
    note: async (text, by) => {
      await recorder.append({ type: 'operator.note', text, by })
    },
    position: () => steering.position(),
  })
  const ports = recordAnswers(options.ports, recorder)
  const run: Run = {
    playbook,
    catalogue,
    ports,
    clock: ports.clock,
    runId,
    epoch,
    recorder,
    steering,
    ahead: createLookAhead(),
  }
  try {
    return await work(run)
  } catch (error) {
    if (!recorder.lost) throw error
    return withoutJournal(playbook, recorder, failureOf(recorder.lost))
  }
}

type Refusal = Pick<Halt, 'failure'>

/** Writes the first entry, or that the run is taken up. A refusal means: not one step, please. */
async function begin(run: Run, options: RunOptions): Promise<Refusal | undefined> {
  const state = run.recorder.state()
  checkSamePlaybook(run.playbook, state)
  if (state.runId && !waysOut(state).includes('resume')) throw cannot('resumed', state, run.playbook)
  // Taken up before its first step, a run is still held to the plan it was begun with.
  const expected = options.expectedPlanDigest ?? (state.planDigest || undefined)
  // Once a step has begun, the world differs from the plan because the run changed it.
  const untouched = [...state.items.values()].every((item) => !item.touched)
  const check = expected !== undefined && untouched ? await comparePlan(run, options, expected) : undefined
  if (state.runId) await run.recorder.append({ type: 'run.resumed', by: options.takenUpBy ?? 'operator' })
  else {
    await run.recorder.append({
      type: 'run.started',
      format: 1,
      runId: run.runId,
      playbook: run.playbook.name,
      playbookDigest: run.playbook.digest,
      planDigest: expected ?? '',
      kit: options.kitVersion,
      ...(options.reverses !== undefined && { reverses: options.reverses }),
    })
  }
  return check
}

async function comparePlan(run: Run, options: RunOptions, expected: string): Promise<Refusal | undefined> {
  try {
    const { digest, errors } = await planPlaybook(options)
    if (digest === expected) return undefined
    if (errors[0]) return { failure: errors[0].failure }
    throw new CutoverError(
      'plan.drift',
      `${run.playbook.name}: the systems are not as the approved plan saw them`,
      {
        hint: `Look at the new plan and approve it: cutover plan ${run.playbook.file}`,
      },
    )
  } catch (error) {
    return { failure: failureOf(error, options.signal) }
  }
}

/** Undo where that is allowed and wanted, else stop as it stands. */
async function giveUp(run: Run, halt: Halt | Refusal): Promise<RunOutcome> {
  const { failure } = halt
  const state = run.recorder.state()
  if (!('item' in halt) || state.noReturnPassed) return endRun(run, 'stopped', failure)
  if (halt.wayOut === 'stop') return endRun(run, 'stopped', failure)
  return endRun(run, await undoSteps(run, failure), failure)
}

async function endRun(run: Run, outcome: RunEnd, failure?: FailureRecord): Promise<RunOutcome> {
  await run.recorder.append({ type: 'run.ended', outcome, ...(failure ? { failure } : {}) })
  return describeOutcome(run.playbook, run.recorder.state(), outcome)
}

/**
 * Without its journal a run must not act, not even to undo: a step undone without a record would count as done when
 * the run is taken up. It stands like after a crash, and `resume` and `undo` work as soon as the journal does.
 */
function withoutJournal(playbook: Playbook, recorder: Recorder, failure: FailureRecord): RunOutcome {
  const state = { ...recorder.state(), failure, failedItem: undefined }
  if (failure.code === 'locked')
    return { ...describeOutcome(playbook, state, 'stopped'), whatIsTrue: [unknownHere] }
  const touched = [...state.items.values()].some((item) => item.touched)
  return describeOutcome(playbook, state, touched ? 'stranded' : 'stopped')
}

/** What this process remembers may have been undone by now. */
const unknownHere = 'Another process may have gone on with this run; cutover report says what is true.'

function checkSamePlaybook(playbook: Playbook, state: RunState): void {
  if (!state.runId || state.playbookDigest === playbook.digest) return
  throw new CutoverError(
    'plan.drift',
    `run ${state.runId} was begun with another version of ${playbook.file}`,
    {
      hint: 'Use the playbook and the variables that the run was begun with.',
    },
  )
}

function cannot(what: 'resumed' | 'undone', state: RunState, playbook: Playbook): CutoverError {
  const [way] = waysOut(state)
  const why = state.ended ? `it has ended: ${state.ended}` : state.undoReason ? 'its undo has begun' : ''
  const reason = state.noReturnPassed && what === 'undone' ? 'the point of no return was passed' : why
  const message = state.runId ? `run ${state.runId} cannot be ${what}: ${reason}` : 'the journal holds no run'
  const onward = way ? [`cutover ${way} ${state.runId}`] : []
  const back = state.noReturnPassed && playbook.reverse !== undefined
  const hints = back
    ? [...onward, `cutover reverse ${state.runId} moves the service back, with every write`]
    : onward
  return new CutoverError('usage', message, hints.length > 0 ? { hint: hints.join('; then ') } : {})
}
