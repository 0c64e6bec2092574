import { toCutoverError } from '../../core/errors.ts'
import type { CutoverError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { StoredDocument } from '../../core/ports/config-center.ts'
import type { ChangeSignal } from './change-signal.ts'

export type Sight =
  | { readonly kind: 'seen'; readonly document: StoredDocument | null; readonly changed: boolean }
  | { readonly kind: 'trouble'; readonly error: CutoverError }

const firstPauseMs = 100
const longestPauseMs = 5000
const longestFalseAlarmPauseMs = 1000

/**
 * Looks at a document for ever: once now, then whenever it may have changed. Pauses, longer each time, after failures
 * and after announced changes that cannot be seen yet. Ends quietly when the signal fires.
 */
export async function* followDocument(
  clock: Clock,
  changes: ChangeSignal,
  read: (signal: AbortSignal) => Promise<StoredDocument | null>,
  signal: AbortSignal,
): AsyncGenerator<Sight, void, undefined> {
  let known: { readonly document: StoredDocument | null } | undefined
  let failures = 0
  let falseAlarms = 0
  while (!signal.aborted) {
    let sight: Sight
    try {
      const announced = known && failures === 0 && (await changes.wait(known.document?.etag ?? '', signal))
      const document = await read(signal)
      const changed = known === undefined || known.document?.etag !== document?.etag
      known = { document }
      failures = 0
      // A node that tells of a change before it shows it would otherwise be asked without a pause.
      falseAlarms = announced === true && !changed ? falseAlarms + 1 : 0
      sight = { kind: 'seen', document, changed }
    } catch (error) {
      failures += 1
      sight = { kind: 'trouble', error: toCutoverError(error) }
    }
    if (signal.aborted) return
    yield sight
    const pauseMs =
      failures > 0 ? jittered(failures, longestPauseMs) : jittered(falseAlarms, longestFalseAlarmPauseMs)
    if (!(await slept(clock, pauseMs, signal))) return
  }
}

/** 0 for none, then between half and all of a pause that doubles each time. */
function jittered(times: number, longestMs: number): number {
  if (times === 0) return 0
  const pauseMs = Math.min(longestMs, firstPauseMs * 2 ** (times - 1))
  return pauseMs * (0.5 + Math.random() / 2)
}

async function slept(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  if (ms === 0) return true
  await clock.sleep(ms, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
  return !signal.aborted
}
