import { findDriverErrors } from './find-driver-errors.ts'

/** Did the gate of a pool reject this unit of work? Also when an ORM has wrapped its error. */
export function isFromGate(error: unknown): boolean {
  return findDriverErrors(error).some(({ gate }) => gate !== undefined)
}
