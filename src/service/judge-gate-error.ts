import type { GateErrorReason } from './gate/gate-error.ts'
import type { Verdict } from './verdict.ts'

const reasons: Readonly<Record<GateErrorReason, string>> = {
  expired: 'held as long as allowed',
  full: 'too much is held already',
  refused: 'it refuses writes',
  abandoned: 'whoever asked is gone',
  ended: 'it took too long and was ended before it committed',
}

/** Judges a unit of work that the gate of the kit's pool has rejected: nothing of it happened. */
export function judgeGateError(reason: GateErrorReason): Verdict {
  return {
    class: 'rejected',
    // Nobody is left to be shown anything.
    mayShowUpgrading: reason !== 'abandoned',
    why: `The gate did not let the unit pass: ${reasons[reason]}.`,
  }
}
