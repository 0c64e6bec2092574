import { CutoverError, isCutoverError, toCutoverError } from '../core/errors.ts'
import type { AnyGateKind, Catalogue } from '../core/gate.ts'
import type { FailureRecord } from '../core/journal-entry.ts'
import { playbookItems, type Playbook, type PlaybookItem } from '../core/playbook.ts'
import type { Clock, Ports } from '../core/ports/index.ts'
import type { StepContext, StepKind } from '../core/step.ts'
import type { LookAhead } from './look-ahead.ts'
import type { Steering } from './steering.ts'
import type { Recorder } from './recorder.ts'

/** One run in this process: what every part of the runner works with. */
export interface Run {
  readonly playbook: Playbook
  readonly catalogue: Catalogue
  readonly ports: Ports
  readonly clock: Clock
  readonly runId: string
  readonly epoch: number
  readonly recorder: Recorder
  readonly steering: Steering
  readonly ahead: LookAhead
}

/** How an item ended. */
export type ItemResult =
  | { readonly ok: true }
  | {
      readonly ok: false
      readonly failure: FailureRecord
      readonly declined?: boolean
      /** True: it did not fail; somebody wants the run to stop or wait here. */
      readonly wished?: boolean
    }

/** Where the way forward ended. */
export interface Halt {
  readonly item: PlaybookItem
  readonly failure: FailureRecord
  /** What is to be done about it, as far as the point of no return allows. */
  readonly wayOut: 'undo' | 'stop'
}

export function contextFor(run: Run, id: string, signal: AbortSignal): StepContext {
  return {
    runId: run.runId,
    epoch: run.epoch,
    stepId: id,
    ports: run.ports,
    signal,
    before: (other) => run.recorder.state().items.get(other)?.seen,
    say: (text) => run.recorder.emit({ type: 'say', id, text }),
  }
}

// The catalogue erases what a kind wants and saw; both come back to it exactly as its own schema and `observe` gave
// them, so the runner may call it with anything.
export type CallableStepKind = StepKind

export function stepKindOf(catalogue: Catalogue, uses: string): CallableStepKind {
  const kind = catalogue.steps.get(uses)
  if (!kind) throw new CutoverError('internal', `the catalogue has no step kind ${uses}`)
  return kind
}

export function gateKindOf(catalogue: Catalogue, uses: string): AnyGateKind {
  const kind = catalogue.gates.get(uses)
  if (!kind) throw new CutoverError('internal', `the catalogue has no gate kind ${uses}`)
  return kind
}

/** @throws CutoverError `internal` when the playbook was checked against another catalogue. */
export function checkKinds(playbook: Playbook, catalogue: Catalogue): void {
  for (const item of playbookItems(playbook)) {
    if (item.type === 'step') stepKindOf(catalogue, item.uses)
    else gateKindOf(catalogue, item.uses)
  }
}

/**
 * Throws what ends everything at once: the journal cannot be written, or another process has the lock now and the
 * journal with it.
 */
export function rethrowLost({ recorder }: Pick<Run, 'recorder'>, error: unknown): void {
  if (isCutoverError(error) && error.code === 'locked') recorder.lose(error)
  if (recorder.lost) throw recorder.lost
}

/**
 * What the journal keeps of an error. When the signal fired, its reason is the cause and the error only its echo, unless
 * the error names that reason as its own cause and so says more.
 */
export function failureOf(error: unknown, signal?: AbortSignal): FailureRecord {
  const saysMore = isCutoverError(error) && error.cause === signal?.reason
  const cause = toCutoverError(signal?.aborted && !saysMore ? signal.reason : error)
  const where = cause.where && !cause.message.includes(cause.where) ? ` (${cause.where})` : ''
  return {
    code: cause.code,
    message: cause.message + where,
    ...(cause.hint === undefined ? {} : { hint: cause.hint }),
  }
}
