import { CutoverError, type ErrorCode } from '../core/errors.ts'
import { orAborted, startDeadline } from '../core/deadline.ts'
import type { FailureRecord } from '../core/journal-entry.ts'
import type { Json } from '../core/json.ts'
import { phaseOf, playbookItems, type PlaybookStep } from '../core/playbook.ts'
import type { RunState } from '../core/run-state.ts'
import type { StepContext } from '../core/step.ts'
import { codeMayPass } from './may-pass.ts'
import { contextFor, failureOf, rethrowLost, stepKindOf, type CallableStepKind, type Run } from './run.ts'
import { settleDeed } from './settle.ts'

const attempts = 3
/** Wait before the second and the third attempt, milliseconds. */
const backoffMs = [1000, 5000] as const
const leastDeadlineMs = 30_000

/** A system that is away is tried again for so long: a server that restarts is back by then, milliseconds. */
const awayMs = 60_000

/** Failures that a second attempt cannot change. */
const lasting: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'conflict',
  'locked',
  'system.forbidden',
  'system.unauthenticated',
  'system.unsupported',
  'secret.unresolved',
])

/**
 * Walks back every step that may have changed something.
 *
 * A step whose undo fails for good does not end the walk, and this is why. Undo only happens before the point of no
 * return: the target holds no write that the source lacks, so nothing this walk does, in whatever order, can lose one.
 * What is left to decide is what users have while a person is on the way.
 * - In the pause every undo gives users something back. When replication does not start again, the fence must still be
 *   lowered and the configuration restored: stopping there would turn a nuisance into an outage.
 * - What was prepared is what the pause stands on. While one step of the pause still stands (a service still reads with
 *   the account that was made for it), taking its footing away would make it worse, and nobody notices what was
 *   prepared. So it stays, and so does the rest of the preparation once one of its own steps could not be undone.
 * Everything that stays is recorded as a failed undo. A later `undo` takes up those, and after each of them once more
 * the steps before it, so that in the end everything was undone last first.
 */
export async function undoSteps(run: Run, reason: FailureRecord): Promise<'undone' | 'stranded'> {
  run.steering.beginUndo()
  await run.recorder.append({ type: 'undo.started', reason })
  const standing: PlaybookStep[] = []
  const steps = playbookItems(run.playbook).filter((item) => item.type === 'step')
  for (const [index, step] of [...steps.entries()].toReversed()) {
    if (!needsUndo(run.recorder.state(), step, steps.slice(index + 1))) continue
    if (!(await undoStep(run, step, standing[0]))) standing.push(step)
  }
  return standing.length === 0 ? 'undone' : 'stranded'
}

/**
 * Done, in doubt and failed steps alike: a deed that was cut off may have happened in part. An undone step needs it once
 * more when a later one was undone after it: both may have changed the same thing, and then the later one's before-image
 * is not how it was before the run.
 */
function needsUndo(state: RunState, step: PlaybookStep, later: readonly PlaybookStep[]): boolean {
  const record = state.items.get(step.id)
  if (record?.touched) return true
  if (record?.state !== 'undone') return false
  return later.some((other) => (state.items.get(other.id)?.undoneSeq ?? 0) > record.undoneSeq)
}

/** True: nothing is left to do for it. */
async function undoStep(run: Run, step: PlaybookStep, blocker: PlaybookStep | undefined): Promise<boolean> {
  const { id } = step
  const kind = stepKindOf(run.catalogue, step.uses)
  if (!kind.undo || kind.irreversible !== undefined) {
    const why = kind.irreversible ?? 'this kind of step has no undo'
    await run.recorder.append({ type: 'undo.skipped', id, why })
    return true
  }
  if (blocker && phaseOf(run.playbook, id) === 'prepare') {
    await run.recorder.append({ type: 'undo.failed', id, failure: notTried(blocker) })
    return false
  }
  await run.recorder.append({ type: 'undo.intended', id })
  return undoWithRetries(run, step, kind)
}

function notTried(blocker: PlaybookStep): FailureRecord {
  return {
    code: 'verify.failed',
    message: `left as it is, because ${blocker.id} still stands`,
    hint: `Settle ${blocker.id} first; a later undo takes up the rest.`,
  }
}

async function undoWithRetries(run: Run, step: PlaybookStep, kind: CallableStepKind): Promise<boolean> {
  const { id } = step
  const startedAt = run.clock.monotonicMs()
  for (let attempt = 1; ; attempt += 1) {
    const result = await undoOnce(run, step, kind)
    if (result.ok) {
      await run.recorder.append({ type: 'undo.done', id, evidence: result.evidence })
      return true
    }
    const isAway = codeMayPass(result.failure.code) && run.clock.monotonicMs() - startedAt < awayMs
    const waitMs = backoffMs[attempt - 1] ?? (isAway ? backoffMs[1] : undefined)
    if (waitMs === undefined || lasting.has(result.failure.code)) {
      await run.recorder.append({ type: 'undo.failed', id, failure: result.failure })
      return false
    }
    run.recorder.emit({
      type: 'undo.retry',
      id,
      attempt,
      attempts: Math.max(attempts, attempt + 1),
      waitMs,
      failure: result.failure,
    })
    await run.clock.sleep(waitMs, new AbortController().signal)
  }
}

type Attempt =
  | { readonly ok: true; readonly evidence: string }
  | { readonly ok: false; readonly failure: FailureRecord }

/** A fresh signal: the one that cut the run is already fired, and an undo under it could never work. */
async function undoOnce(run: Run, step: PlaybookStep, kind: CallableStepKind): Promise<Attempt> {
  const ms = Math.max(step.deadlineMs, leastDeadlineMs)
  using deadline = startDeadline(run.clock, ms, `undo of ${step.id}`, new AbortController().signal)
  const seen = run.recorder.state().items.get(step.id)?.seen ?? null
  const context = contextFor(run, step.id, deadline.signal)
  try {
    await settleDeed(Promise.resolve(kind.undo?.(context, step.with, seen)), deadline.signal, run.clock)
    return { ok: true, evidence: await proveUndone(kind, step, context, seen) }
  } catch (error) {
    rethrowLost(run, error)
    return { ok: false, failure: failureOf(error, deadline.signal) }
  }
}

async function proveUndone(
  kind: CallableStepKind,
  step: PlaybookStep,
  context: StepContext,
  seen: Json,
): Promise<string> {
  if (!kind.verifyUndone)
    throw new CutoverError('internal', `${kind.kind} has an undo that nothing can verify`)
  const verdict = await orAborted(kind.verifyUndone(context, step.with, seen), context.signal)
  if (verdict.holds) return verdict.evidence
  const details = verdict.hint === undefined ? {} : { hint: verdict.hint }
  throw new CutoverError('verify.failed', `the undo of ${step.id} ran, but: ${verdict.reason}`, details)
}
