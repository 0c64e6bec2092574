import type { GateErrorReason } from './gate/gate-error.ts'
import { isGateError } from './gate/gate-error.ts'
import type { Fields } from './walk-error.ts'
import { readField } from './walk-error.ts'

const reasons: Readonly<Record<string, GateErrorReason>> = {
  CUTOVER_EXPIRED: 'expired',
  CUTOVER_FULL: 'full',
  CUTOVER_REFUSED: 'refused',
  CUTOVER_ABANDONED: 'abandoned',
  CUTOVER_ENDED: 'ended',
}

/**
 * Why the gate rejected the unit; undefined when this is no error of the gate. By its symbol, which every copy of the
 * package shares, or by its code, which is what wrappers and copies of errors keep.
 */
export function gateReason(node: Fields): GateErrorReason | undefined {
  const code = readField(node, 'code')
  const byCode = typeof code === 'string' && Object.hasOwn(reasons, code) ? reasons[code] : undefined
  if (byCode !== undefined) return byCode
  return isBranded(node) ? 'refused' : undefined
}

function isBranded(node: Fields): boolean {
  try {
    return isGateError(node)
  } catch {
    // A getter or proxy of a foreign object.
    return false
  }
}
