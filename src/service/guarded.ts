/** What a hook of the service returns; its own failure becomes a process warning and never an answer. */
export function guarded<T>(hook: () => T): T | undefined {
  try {
    return hook()
  } catch (thrown) {
    process.emitWarning(thrown instanceof Error ? thrown : String(thrown))
    return undefined
  }
}
