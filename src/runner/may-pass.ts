import { isCutoverError, type ErrorCode } from '../core/errors.ts'

/** True: a system was away, or its answer was lost. It may be back soon, and looking then tells what became of the deed. */
export function mayPass(error: unknown): boolean {
  return isCutoverError(error) && codeMayPass(error.code)
}

/** The same of a failure on record. */
export function codeMayPass(code: ErrorCode): boolean {
  return code === 'system.unreachable' || code === 'system.ambiguous'
}
