/** A signal that fires with the first of two, until it is unlinked. */
export interface LinkedSignal {
  readonly signal: AbortSignal
  unlink(): void
}

/** Not AbortSignal.any: on Node 20 it keeps what it made alive as long as the longest-lived of its sources. */
export function linkSignals(one: AbortSignal, other: AbortSignal): LinkedSignal {
  const controller = new AbortController()
  const sources = [one, other]
  const forward = (): void => controller.abort(sources.find(({ aborted }) => aborted)?.reason)
  for (const source of sources) source.addEventListener('abort', forward)
  if (sources.some(({ aborted }) => aborted)) forward()
  return {
    signal: controller.signal,
    unlink: () => sources.forEach((source) => source.removeEventListener('abort', forward)),
  }
}
