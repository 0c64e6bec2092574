import { formatMs } from '../../core/deadline.ts'
import type { RunPosition } from '../../core/run-control.ts'
import { clockTime } from './clock-time.ts'
import type { LiveFacts } from './live-facts.ts'

/** Where the run is, its clocks, and what happens if nobody does anything: for the footer and for `status`. */
export function factLines(facts: LiveFacts, position: RunPosition): readonly string[] {
  const place = facts.number === 0 ? '' : ` ${facts.number}/${facts.of}`
  const phase = position.undoing ? 'walking back' : `${position.phase ?? 'starting'}${place}`
  const first = [facts.playbook, phase, facts.doing].filter((part) => part !== '').join(' | ')
  const clocks = clockTexts(facts).join(' | ')
  return [first, ...(clocks === '' ? [] : [clocks]), `if nobody does anything: ${facts.otherwise}`]
}

function clockTexts(facts: LiveFacts): readonly string[] {
  const { pauseMs, pauseBudgetMs, windowLeftMs, undoFitsUntil } = facts
  const pause = pauseMs === null ? [] : [`pause ${formatMs(pauseMs)} of ${formatMs(pauseBudgetMs)}`]
  const window =
    windowLeftMs === null
      ? []
      : [windowLeftMs > 0 ? `window left ${formatMs(windowLeftMs)}` : 'THE WINDOW IS OVER']
  const undo = undoFitsUntil === null ? [] : [`undo still fits until ${clockTime(Date.parse(undoFitsUntil))}`]
  return [...pause, ...window, ...undo]
}

/**
 * What a Ctrl-C does now; the twin of `steerBySignals`.
 * @param mayAsk there is a person at the terminal.
 */
export function stopLine(position: RunPosition | undefined, mayAsk: boolean): string {
  if (!position) return 'Ctrl-C ends here, nothing is begun'
  const { undoing, pending, inPause, noReturnPassed, safePoint } = position
  if (undoing) return 'Ctrl-C does nothing: walking back is not cut off'
  if (pending !== 'park' && !inPause) return `Ctrl-C stops ${safePoint}, and everything stays as it stands`
  if (mayAsk && pending === 'park')
    return `Ctrl-C asks: wait,${noReturnPassed ? '' : ' walk back,'} or go on after all`
  if (mayAsk)
    return `Ctrl-C asks: go on, ${noReturnPassed ? 'or stop at the end of the pause' : 'walk back, or stop later'}`
  return noReturnPassed ? `Ctrl-C stops ${safePoint}` : 'Ctrl-C cuts what is in hand and walks back'
}
