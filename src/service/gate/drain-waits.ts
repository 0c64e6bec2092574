/** Those who wait until no unit is under way. */
export class DrainWaits {
  readonly #waits = new Set<() => void>()

  /** Resolves at once when `isOver`, else at the next {@link end}; rejects with the signal's reason. */
  wait(isOver: boolean, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason)
    if (isOver) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#waits.delete(end)
        reject(signal.reason)
      }
      const end = (): void => {
        signal.removeEventListener('abort', stop)
        resolve()
      }
      signal.addEventListener('abort', stop, { once: true })
      this.#waits.add(end)
    })
  }

  end(): void {
    for (const end of this.#waits) end()
    this.#waits.clear()
  }
}
