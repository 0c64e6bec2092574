import type { z } from 'zod'
import type { AnyStepKind, ServiceNeed, StepContext } from './step.ts'

/** One look at a condition. Unknown is never open. */
export type GateReading =
  | { readonly state: 'open'; readonly measured: string }
  | {
      readonly state: 'closed'
      readonly reason: string
      readonly measured?: string
      /** True: waiting cannot help, the runner gives up at once. */
      readonly final?: boolean
      readonly hint?: string
      /** True: a person said no. The runner ends as declined, not as failed. */
      readonly declined?: boolean
    }
  | { readonly state: 'unknown'; readonly reason: string; readonly hint?: string }

/** A condition being watched: made once per wait, so it may keep what it read first (a position, a sample). */
export interface GateReader {
  read(signal: AbortSignal): Promise<GateReading>
}

/** A kind of gate: one file in `gates/`, one line in the catalogue. A gate changes nothing. */
export interface GateKind<Want = unknown> {
  /** The name in the playbook, equal to the file name. A state, not a verb. */
  readonly kind: string
  readonly summary: string
  readonly schema: z.ZodType<Want>
  /** Values used when the playbook does not say otherwise. */
  readonly defaults: GateTiming
  /** True: after a failure a person may go on without it, with a reason. Never for a gate that proves data. Default: false. */
  readonly skippable?: boolean
  /**
   * What an open gate proves: that nothing is written any more, that the target has applied everything, or that every
   * process can be switched live. Absent: none of it.
   */
  readonly proves?: 'silence' | 'position' | 'readiness'
  /** True: it waits for a person's word, so its deadline is not a failure but a no. Default: false. */
  readonly silenceIsNo?: boolean
  /** For how long, in milliseconds, another person's approval of the plan may hold. Undefined: it wants none. */
  approvalValidForMs?(want: Want): number | undefined
  /** What of its services it cannot do without; their absence is a mistake in the playbook. Touches nothing. */
  needs?(want: Want): readonly ServiceNeed[]
  /** One line for the plan: what must hold. */
  describe(want: Want): string
  open(context: StepContext, want: Want): Promise<GateReader>
}

export interface GateTiming {
  /** Give up after this time. */
  readonly deadlineMs: number
  /** Pause between two readings. */
  readonly everyMs: number
  /** So many open readings in a row, at least 1. */
  readonly goodReadings: number
}

export type AnyGateKind = GateKind<never>

export function defineGate<Want>(kind: GateKind<Want>): GateKind<Want> {
  return Object.freeze(kind)
}

/** Every kind a playbook may use. */
export interface Catalogue {
  readonly steps: ReadonlyMap<string, AnyStepKind>
  readonly gates: ReadonlyMap<string, AnyGateKind>
}
