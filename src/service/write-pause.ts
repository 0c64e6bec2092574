import type { GateState } from '../core/instance-status.ts'
import type { Clock } from '../core/ports/clock.ts'
import type { UpgradeWindow } from './notice-state.ts'

/** The part of the pool's gate at which work waits that has not begun. */
export interface HandlerGate {
  readonly state: GateState
  enter(request: {
    readonly bytes: number
    readonly key?: string | undefined
    readonly signal?: AbortSignal | undefined
  }): Promise<{ leave(): void }>
}

export interface PauseOptions {
  /** The gate of the pool. Without one, work is refused where it would be held. */
  readonly gate?: HandlerGate | undefined
  /** What becomes of work while the gate holds writes. Default `hold`. */
  readonly whileHolding?: 'hold' | 'refuse' | undefined
}

/** May work that is going to write begin now? */
export function mayBegin(
  { gate, whileHolding }: PauseOptions,
  window: UpgradeWindow | undefined,
  clock: Clock,
): 'yes' | 'hold' | 'no' {
  if (gate !== undefined && gate.state !== 'open') {
    return gate.state === 'refusing' || whileHolding === 'refuse' ? 'no' : 'hold'
  }
  if (window === undefined || window.grace) return 'yes'
  if (window.notice.phase === 'upgrading') return 'no'
  // An open gate knows better than the notice: it has not closed yet, or it has been released.
  if (gate !== undefined) return 'yes'
  const at = window.notice.hold?.at
  return at !== undefined && clock.now().getTime() < Date.parse(at) ? 'yes' : 'no'
}

/**
 * Waits until writes go on.
 * @throws GateError when they do not in time, or the signal has fired; else what the gate throws by mistake.
 */
export async function waitAt(gate: HandlerGate, request: Parameters<HandlerGate['enter']>[0]): Promise<void> {
  const unit = await gate.enter(request)
  // What the work writes asks the gate itself; a unit kept open here would keep a next drain waiting.
  unit.leave()
}
