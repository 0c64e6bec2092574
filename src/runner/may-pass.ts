import { isCutoverError } from '../core/errors.ts'

/** True: a system was away, or its answer was lost. It may be back soon, and looking then tells what became of the deed. */
export function mayPass(error: unknown): boolean {
  return isCutoverError(error) && (error.code === 'system.unreachable' || error.code === 'system.ambiguous')
}
