import { CutoverError, toCutoverError } from '../core/errors.ts'
import { formatMs, orAborted } from '../core/deadline.ts'
import type { Clock } from '../core/ports/index.ts'

/** How long a verb that was told to stop may take to stop, milliseconds. */
const graceMs = 10_000

/**
 * Settles like a verb that changes things. When the signal fires, the verb gets a grace to come to rest before this
 * rejects with the signal's reason: an undo must not race with the deed it undoes.
 */
export async function settleDeed<T>(promise: Promise<T>, signal: AbortSignal, clock: Clock): Promise<T> {
  try {
    return await orAborted(promise, signal)
  } catch (error) {
    if (!signal.aborted) throw error
    if (await comesToRest(promise, clock)) throw signal.reason
    throw stillActing(signal.reason)
  }
}

async function comesToRest(promise: Promise<unknown>, clock: Clock): Promise<boolean> {
  const atRest = promise.then(
    () => true,
    () => true,
  )
  let cancel = (): void => undefined
  const graceOver = new Promise<boolean>((resolve) => {
    cancel = clock.after(graceMs, () => resolve(false))
  })
  try {
    return await Promise.race([atRest, graceOver])
  } finally {
    cancel()
  }
}

function stillActing(reason: unknown): CutoverError {
  const what = toCutoverError(reason)
  const note = `it did not come to rest within ${formatMs(graceMs)} and may still be acting`
  const hint = 'Look at the systems it touches.'
  return new CutoverError(what.code, `${what.message}; ${note}`, { hint, cause: reason })
}
