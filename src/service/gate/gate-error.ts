/**
 * Why the gate let a unit of work not pass. `expired`: held as long as allowed. `full`: too much is held already.
 * `refused`: the gate refuses writes. `abandoned`: whoever asked is gone. `ended`: it had begun, and was ended because
 * it took too long; it has not committed.
 */
export type GateErrorReason = 'expired' | 'full' | 'refused' | 'abandoned' | 'ended'

// Symbol.for: a service may hold two copies of the package, and instanceof would then lie.
const brand = Symbol.for('cutover-kit.gate-error')

/** A unit of work that the gate has rejected. It has changed nothing and may run again. */
export class GateError extends Error {
  override readonly name = 'GateError'
  /** `CUTOVER_EXPIRED`, `CUTOVER_FULL`, `CUTOVER_REFUSED`, `CUTOVER_ABANDONED`, `CUTOVER_ENDED`. */
  readonly code: `CUTOVER_${Uppercase<GateErrorReason>}`
  readonly reason: GateErrorReason
  readonly [brand] = true

  constructor(reason: GateErrorReason, message: string) {
    super(message)
    this.reason = reason
    this.code = `CUTOVER_${reason.toUpperCase() as Uppercase<GateErrorReason>}`
  }
}

/** True for a rejection by the gate of any copy of the package. */
export function isGateError(error: unknown): error is GateError {
  return typeof error === 'object' && error !== null && (error as { [brand]?: unknown })[brand] === true
}
