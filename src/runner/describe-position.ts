import { CutoverError } from '../core/errors.ts'
import type { ControlWish } from '../core/journal-entry.ts'
import type { RunPosition } from '../core/run-control.ts'
import type { RunState } from '../core/run-state.ts'

interface Facts {
  readonly state: RunState
  readonly item: string
  readonly inPause: boolean
  readonly passed: boolean
  readonly undoing: boolean
  readonly held: boolean
  readonly wanted: 'park' | 'hold' | undefined
}

export function describePosition(facts: Facts): RunPosition {
  const { state, item, inPause, passed, undoing, held, wanted } = facts
  return {
    phase: state.phase,
    item,
    inPause,
    noReturnPassed: passed,
    undoing,
    held,
    safePoint: safePointOf(facts),
    pending: held ? undefined : wanted,
  }
}

function safePointOf({ state, item, inPause, undoing, held }: Facts): string {
  if (undoing) return 'when everything is walked back'
  if (inPause) return 'at the end of the pause'
  // A gate changes nothing, so nothing has to be finished.
  if (held || item === '' || state.items.get(item)?.type === 'gate') return 'now'
  return `after ${item}`
}

/** What a wish will lead to. @throws CutoverError `usage` when it cannot be had. */
export function tellWish(wish: ControlWish, position: RunPosition, runId: string): string {
  if (position.undoing) {
    throw new CutoverError('usage', 'the run is walking back already, and that is not cut short', {
      hint: 'Wait for it to end.',
    })
  }
  switch (wish) {
    case 'undo':
      return tellUndo(position, runId)
    case 'go-on':
      return tellGoOn(position)
    case 'park':
      return `stops ${position.safePoint} and leaves everything as it stands; then: cutover resume ${runId}, or undo`
    case 'hold':
      if (position.held) throw new CutoverError('usage', 'it waits already', { hint: 'cutover continue' })
      return `waits ${position.safePoint} until: cutover continue ${runId}`
  }
}

function tellUndo({ noReturnPassed }: RunPosition, runId: string): string {
  if (!noReturnPassed) return 'cuts what is being done and walks back now'
  throw new CutoverError(
    'usage',
    'the point of no return was passed: walking back could lose writes that users have made since',
    {
      hint: `Let it finish, or stop it at the next safe point: cutover stop ${runId}`,
    },
  )
}

function tellGoOn({ held, pending }: RunPosition): string {
  if (held) return 'goes on now'
  if (pending) return `goes on; the ${pending === 'park' ? 'stop' : 'pause'} that was asked for is taken back`
  throw new CutoverError('usage', 'it is going on; there is nothing to continue')
}
