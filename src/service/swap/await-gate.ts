import type { Clock } from '../../core/ports/clock.ts'
import type { WriteGate } from '../gate/write-gate.ts'
import type { AwaitGate } from './status-handler.ts'

/** Waits for states of a gate. */
export function createAwaitGate(gate: Pick<WriteGate, 'state' | 'watch'>, clock: Clock): AwaitGate {
  return (states, withinMs, then) => {
    if (withinMs <= 0 || states.includes(gate.state)) {
      then()
      return () => undefined
    }
    const cancel = (): void => {
      stopWatching()
      stopTimer()
    }
    const end = (): void => {
      cancel()
      then()
    }
    const stopTimer = clock.after(withinMs, end)
    const stopWatching = gate.watch({ changed: ({ to }) => (states.includes(to) ? end() : undefined) })
    return cancel
  }
}
