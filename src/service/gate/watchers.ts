import type { GateWatcher, HoldEnd } from './gate-watcher.ts'

/**
 * Tells watchers what has happened, in order, and only when the gate has finished what it is doing: a watcher may call
 * the gate, and must not find it half changed.
 */
export class Watchers {
  readonly #watchers = new Set<GateWatcher>()
  readonly #queue: (() => void)[] = []
  #isTelling = false

  add(watcher: GateWatcher): () => void {
    this.#watchers.add(watcher)
    return () => {
      this.#watchers.delete(watcher)
    }
  }

  /** Each watcher is told at the next {@link tellAll}. */
  post(tell: (watcher: GateWatcher) => void): void {
    for (const watcher of this.#watchers) this.postOne(() => tell(watcher))
  }

  postOne(tell: () => void): void {
    this.#queue.push(tell)
  }

  tellAll(): void {
    if (this.#isTelling) return
    this.#isTelling = true
    for (let tell = this.#queue.shift(); tell !== undefined; tell = this.#queue.shift()) guarded(tell)
    this.#isTelling = false
  }

  /** Tells at once that a write begins to wait, because only now its owner's context is the current one. */
  tellHeld(): readonly ((end: HoldEnd) => void)[] {
    return [...this.#watchers].flatMap((watcher) => guarded(() => watcher.held?.()) ?? [])
  }
}

function guarded<T>(tell: () => T): T | undefined {
  try {
    return tell()
  } catch (thrown) {
    process.emitWarning(thrown instanceof Error ? thrown : String(thrown))
    return undefined
  }
}
