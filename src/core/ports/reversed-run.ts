import type { Json } from '../json.ts'

/** The run that this one moves back, from its journal. */
export interface ReversedRun {
  readonly runId: string
  /** The before-image of one of its steps; undefined when it has no such step, or never began it. */
  before(stepId: string): Json | undefined
}
