import { isCutoverError, type CutoverError, type ErrorCode } from '../core/errors.ts'
import type { GateReading } from '../core/gate.ts'

/** Codes that waiting does not heal: the kit may not look, or the system has nothing to look at. */
const lasting: ReadonlySet<ErrorCode> = new Set([
  'system.unauthenticated',
  'system.forbidden',
  'system.unsupported',
  'secret.unresolved',
])

/** Turns a failed look into a reading: a system that does not answer is unknown, one that refuses the kit is closed. */
export async function readSafely(
  signal: AbortSignal,
  look: () => Promise<GateReading>,
): Promise<GateReading> {
  try {
    return await look()
  } catch (error) {
    signal.throwIfAborted()
    if (!isCutoverError(error) || error.code === 'internal') throw error
    return readingOf(error)
  }
}

function readingOf(error: CutoverError): GateReading {
  const hint = error.hint === undefined ? {} : { hint: error.hint }
  if (lasting.has(error.code)) return { state: 'closed', reason: error.message, final: true, ...hint }
  return { state: 'unknown', reason: error.message, ...hint }
}
