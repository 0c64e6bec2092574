import type { RunState } from '../../core/run-state.ts'

/** For the looks before and after, and for whoever has to decide, milliseconds. */
const reserveMs = 5000

/** How long walking back would take, milliseconds: as long as the steps that would be undone took, and a reserve. */
export function undoEstimateMs(state: RunState): number {
  const touched = [...state.items.values()].filter((item) => item.type === 'step' && item.touched)
  return touched.reduce((sum, item) => sum + item.durationMs, reserveMs)
}

/** When something is over that an undo should fit into, milliseconds since 1970; undefined: it has no end. */
export interface UndoLimits {
  /** The pause's budget is used up. */
  readonly budgetEndsAt: number | undefined
  /** The window closes. */
  readonly windowEndsAt: number | undefined
}

/**
 * The latest moment to begin an undo that is finished in time, milliseconds since 1970. It may lie in the past.
 * Undefined: there is nothing it must fit into, or it is too late for any undo.
 */
export function undoFitsUntil(state: RunState, limits: UndoLimits): number | undefined {
  if (state.noReturnPassed || state.undoReason) return undefined
  const ends = [limits.budgetEndsAt, limits.windowEndsAt].filter((end) => end !== undefined)
  return ends.length === 0 ? undefined : Math.min(...ends) - undoEstimateMs(state)
}
