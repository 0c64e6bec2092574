import { formatMs } from '../../core/deadline.ts'
import type { RunPosition } from '../../core/run-control.ts'
import type { RunState } from '../../core/run-state.ts'
import { clockTime } from './clock-time.ts'
import type { ShownPlaybook } from './shown-playbook.ts'
import { undoFitsUntil } from './undo-fits.ts'

/** What is in hand right now. Moments are milliseconds since 1970. */
export interface Doing {
  readonly id: string
  readonly text: string
  /** A gate gives up. */
  readonly endsAt?: number
  /** The window opens. */
  readonly opensAt?: number
}

/** What somebody who looks at a run must know now. Plain data: it also goes over the control socket. */
export interface LiveFacts {
  readonly playbook: string
  /** Place of the item in hand among all, from 1; 0 between two. */
  readonly number: number
  readonly of: number
  /** What is done or waited for, as words; empty between two items. */
  readonly doing: string
  /** Length of the pause so far, milliseconds; null outside it. */
  readonly pauseMs: number | null
  readonly pauseBudgetMs: number
  /** Until the window closes, negative when it has; null without a window. */
  readonly windowLeftMs: number | null
  /** Latest moment to begin an undo that is done within budget and window, ISO 8601; null when none applies. */
  readonly undoFitsUntil: string | null
  /** What happens if nobody does anything, as words. */
  readonly otherwise: string
}

export interface LiveSources {
  readonly playbook: ShownPlaybook
  readonly state: RunState
  readonly position: RunPosition
  readonly doing: Doing | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

export function liveFacts(sources: LiveSources): LiveFacts {
  const { playbook, state, position, doing, now } = sources
  const pauseBegan = position.inPause ? state.phaseStarts.pause : undefined
  const pauseBeganAt = pauseBegan === undefined ? undefined : Date.parse(pauseBegan)
  const windowEndsAt = playbook.window?.notAfter
  const budgetEndsAt = pauseBeganAt === undefined ? undefined : pauseBeganAt + playbook.pauseBudgetMs
  const fitsUntil = undoFitsUntil(state, { budgetEndsAt, windowEndsAt })
  return {
    playbook: playbook.name,
    number: playbook.items.findIndex(({ id }) => id === position.item) + 1,
    of: playbook.items.length,
    doing: doingText(doing, now),
    pauseMs: pauseBeganAt === undefined ? null : now - pauseBeganAt,
    pauseBudgetMs: playbook.pauseBudgetMs,
    windowLeftMs: windowEndsAt === undefined ? null : windowEndsAt - now,
    undoFitsUntil: fitsUntil === undefined ? null : new Date(fitsUntil).toISOString(),
    otherwise: otherwiseText(sources, budgetEndsAt),
  }
}

function doingText(doing: Doing | undefined, now: number): string {
  if (!doing) return ''
  const left = doing.endsAt === undefined ? '' : ` (gives up in ${formatMs(Math.max(0, doing.endsAt - now))})`
  return `${doing.text}${left}`
}

/** What happens if nobody does anything. */
function otherwiseText(sources: LiveSources, budgetEndsAt: number | undefined): string {
  const { playbook, position, doing } = sources
  if (position.undoing) return 'it walks back to the end'
  if (position.held) return 'it waits on, until: cutover continue'
  const item = playbook.items.find(({ id }) => id === position.item)
  const goesWrong =
    position.noReturnPassed || item?.onFailure === 'stop' ? 'stops as it stands' : 'walks back'
  if (doing?.opensAt !== undefined) return `it goes on at ${clockTime(doing.opensAt)}, when the window opens`
  if (doing?.endsAt !== undefined) {
    return `it goes on when ${doing.id} opens, and ${goesWrong} at ${clockTime(doing.endsAt)} when it does not`
  }
  if (position.pending === 'park') return `it stops ${position.safePoint}`
  if (position.pending === 'hold') return `it waits ${position.safePoint}`
  const overruns = budgetEndsAt !== undefined && !position.noReturnPassed && playbook.onOverrun === 'undo'
  return overruns
    ? `it goes on, and walks back at ${clockTime(budgetEndsAt)} when the budget is used up`
    : 'it goes on'
}
