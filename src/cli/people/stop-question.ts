import type { ControlWish } from '../../core/journal-entry.ts'
import type { Choice, ChoiceQuestion } from '../../core/ports/operator.ts'
import type { RunPosition } from '../../core/run-control.ts'
import type { StopSignal } from '../worker-channel.ts'

/** One answer to "what now?", and what is then asked of the run; absent: nothing, it does what it was going to do. */
export interface StopChoice extends Choice {
  readonly wish?: ControlWish
}

/** What a person may answer to a stop signal, where the run is. The first is what happens without an answer. */
export function stopChoices(at: RunPosition): readonly StopChoice[] {
  const parks = at.pending === 'park'
  const keep = parks
    ? { key: 'wait', label: `wait: it stops ${at.safePoint}, and everything stays as it stands` }
    : { key: 'go-on', label: 'go on' }
  const undo = {
    key: 'undo',
    label: 'walk back: cut what is in hand and undo what was done',
    wish: 'undo',
  } as const
  const other = parks
    ? ({ key: 'go-on', label: 'go on after all, and do not stop', wish: 'go-on' } as const)
    : ({
        key: 'park',
        label: `stop ${at.safePoint}, and leave everything as it stands`,
        wish: 'park',
      } as const)
  return at.noReturnPassed ? [keep, other] : [keep, undo, other]
}

/** The question that a stop signal leads to. The run goes on while it is on the screen. */
export function stopQuestion(name: StopSignal, at: RunPosition): ChoiceQuestion {
  const choices = stopChoices(at)
  const key = name === 'SIGINT' ? 'Ctrl-C' : name
  const where = at.inPause ? 'in the pause, users are waiting' : `at ${at.item || 'a safe point'}`
  const text = at.noReturnPassed
    ? 'It cannot walk back any more: that could lose writes that users have made since the point of no return.'
    : 'Walk back or go on?'
  return {
    id: 'stop',
    text: `${key} ${where}. ${text} The run goes on meanwhile.`,
    choices: choices.map(({ key, label }) => ({ key, label })),
    otherwise: at.pending === 'park' ? `it stops ${at.safePoint}` : 'the run goes on',
  }
}
