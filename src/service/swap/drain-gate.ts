import { startDeadline } from '../../core/deadline.ts'
import type { Clock } from '../../core/ports/clock.ts'
import { GateError } from '../gate/gate-error.ts'
import type { WriteGate } from '../gate/write-gate.ts'
import type { Hold } from './hold.ts'

/**
 * Waits until no unit of work is under way. When the hold's time for that is over, what becomes of those that still run
 * is as the hold says: they go on, or they are ended, except those whose COMMIT may be under way.
 * @throws the signal's reason.
 */
export async function drainGate(
  gate: Pick<WriteGate, 'whenDrained' | 'running'>,
  hold: Pick<Hold, 'drainEndsMs' | 'late'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const leftMs = Math.max(0, hold.drainEndsMs - clock.now().getTime())
  {
    using deadline = startDeadline(clock, leftMs, 'the drain', signal)
    try {
      return await gate.whenDrained(deadline.signal)
    } catch {
      // Units are still under way; the outer signal is looked at before anything is ended.
      signal.throwIfAborted()
    }
  }
  if (hold.late === 'end') {
    for (const unit of gate.running()) {
      if (!unit.committing) {
        unit.end?.(new GateError('ended', 'It took longer than the upgrade of the system could wait for.'))
      }
    }
  }
  await gate.whenDrained(signal)
}
