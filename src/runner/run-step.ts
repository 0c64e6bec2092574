import { CutoverError, toCutoverError } from '../core/errors.ts'
import { orAborted, startDeadline } from '../core/deadline.ts'
import type { Json } from '../core/json.ts'
import type { PlaybookStep } from '../core/playbook.ts'
import type { ItemRecord } from '../core/run-state.ts'
import type { StepContext, Verdict } from '../core/step.ts'
import {
  contextFor,
  failureOf,
  rethrowLost,
  stepKindOf,
  type CallableStepKind,
  type ItemResult,
  type Run,
} from './run.ts'
import { mayPass } from './may-pass.ts'
import { settleDeed } from './settle.ts'

/** Before the point of no return a system that is away is waited for so long, milliseconds. */
const patienceMs = 10_000
const lookAgainMs = 500

/**
 * One step: observe, record the intention, act, verify, record the outcome.
 * A crash between any two of these leaves either no intention (nothing happened) or an intention without an outcome
 * (in doubt), which `verify` settles when the run is taken up again.
 */
export async function runStep(run: Run, step: PlaybookStep): Promise<ItemResult> {
  using deadline = startDeadline(run.clock, step.deadlineMs, `step ${step.id}`, run.steering.forStep())
  try {
    const verdict = await attemptUntilSettled(run, step, contextFor(run, step.id, deadline.signal))
    await recordVerdict(run, step, verdict)
    return { ok: true }
  } catch (error) {
    rethrowLost(run, error)
    const failure = failureOf(error, deadline.signal)
    await run.recorder.append({ type: 'step.failed', id: step.id, failure })
    return { ok: false, failure }
  }
}

/**
 * The step is done when its wanted state is true, by whoever's hand.
 * @throws CutoverError `verify.failed` when it is not.
 */
export async function settleByLooking(
  run: Run,
  step: PlaybookStep,
  context: StepContext,
  by: string,
): Promise<void> {
  const kind = stepKindOf(run.catalogue, step.uses)
  const seen = run.recorder.state().items.get(step.id)?.seen ?? null
  const verdict = await verify(kind, step, context, seen)
  if (step.pointOfNoReturn) await passNoReturn(run, step)
  await recordVerdict(run, step, { ...verdict, evidence: `${verdict.evidence} (${by} says so)` })
}

type Holding = Extract<Verdict, { holds: true }>

/**
 * A system that went away, or an answer that was lost, says nothing of the deed. As after a crash `verify` looks and
 * decides, and a deed that did not happen is done once more. Before the point of no return that goes on for a short time
 * only, because walking back is near; after it until the step's deadline, because nothing else helps.
 */
async function attemptUntilSettled(run: Run, step: PlaybookStep, context: StepContext): Promise<Holding> {
  const startedAt = run.clock.monotonicMs()
  for (;;) {
    try {
      return await attempt(run, step, context)
    } catch (error) {
      const patient = run.recorder.state().noReturnPassed || run.clock.monotonicMs() - startedAt < patienceMs
      if (run.recorder.lost || context.signal.aborted || !mayPass(error) || !patient) throw error
      context.say(`${toCutoverError(error).message}; looking again`)
      await run.clock.sleep(lookAgainMs, context.signal).catch(() => {
        throw error // it says more than the deadline that ended the wait
      })
    }
  }
}

async function attempt(run: Run, step: PlaybookStep, context: StepContext): Promise<Holding> {
  const kind = stepKindOf(run.catalogue, step.uses)
  const before = run.recorder.state().items.get(step.id)
  if (before?.touched) {
    const settled = await settleDoubt(run, step, kind, context, before)
    if (settled) return settled
  }
  const seen = before?.touched
    ? (before.seen ?? null)
    : await orAborted(observe(run, step, kind, context), context.signal)
  const sync = maySyncLater(run, step, kind) ? 'later' : undefined
  await run.recorder.append({ type: 'step.intended', id: step.id, uses: step.uses, seen }, sync)
  context.signal.throwIfAborted()
  if (step.pointOfNoReturn) await passNoReturn(run, step)
  await settleDeed(kind.run(context, step.with, seen), context.signal, run.clock)
  return verify(kind, step, context, seen)
}

function maySyncLater(run: Run, step: PlaybookStep, kind: CallableStepKind): boolean {
  const { noReturnPassed } = run.recorder.state()
  // The entry about the point of no return follows at once and brings this one to disk with it.
  if (step.pointOfNoReturn && !noReturnPassed) return true
  // Behind it nothing is walked back, and a release that the journal has forgotten is only given once more.
  return kind.holds === 'release' && noReturnPassed
}

async function observe(
  run: Run,
  step: PlaybookStep,
  kind: CallableStepKind,
  context: StepContext,
): Promise<Json> {
  if (kind.holds === 'hold') run.ahead.look(run, step)
  return (await run.ahead.take(step, run.clock)) ?? kind.observe(context, step.with)
}

/** A deed that may have happened is not repeated blindly: when the wanted state is true, it is done. */
async function settleDoubt(
  run: Run,
  step: PlaybookStep,
  kind: CallableStepKind,
  context: StepContext,
  before: ItemRecord,
): Promise<Holding | undefined> {
  const verdict = await orAborted(kind.verify(context, step.with, before.seen ?? null), context.signal)
  if (!verdict.holds) return undefined
  // The crash may have come between the intention and this entry, and the wanted state may be true all the same.
  if (step.pointOfNoReturn) await passNoReturn(run, step)
  return verdict
}

/** In this order: from here on nothing may cut the step, and the journal knows before the deed can begin. */
async function passNoReturn(run: Run, step: PlaybookStep): Promise<void> {
  run.steering.passNoReturn()
  if (!run.recorder.state().noReturnPassed) {
    await run.recorder.append({ type: 'no-return.passed', id: step.id })
  }
}

async function verify(
  kind: CallableStepKind,
  step: PlaybookStep,
  context: StepContext,
  seen: Json,
): Promise<Holding> {
  const verdict = await orAborted(kind.verify(context, step.with, seen), context.signal)
  if (verdict.holds) return verdict
  const details = verdict.hint === undefined ? {} : { hint: verdict.hint }
  throw new CutoverError('verify.failed', `${step.id} ran, but: ${verdict.reason}`, details)
}

async function recordVerdict(run: Run, step: PlaybookStep, verdict: Holding): Promise<void> {
  const facts = verdict.facts === undefined ? {} : { facts: verdict.facts }
  await run.recorder.append({ type: 'step.done', id: step.id, evidence: verdict.evidence, ...facts })
}
