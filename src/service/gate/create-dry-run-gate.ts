import type { WriteGateOptions } from './create-write-gate.ts'
import { createWriteGate } from './create-write-gate.ts'
import type { EnterRequest, RunningUnit, Unit, WriteGate } from './write-gate.ts'

/** A gate that is always open, and knows what a real one would have done. */
export interface DryRunGate extends WriteGate {
  /**
   * What the real one would have done: it gets the same orders and is asked by every write, but nobody waits for its
   * answers. Its counts say how many writes it would hold now and would have let in, rejected or let expire; to log and
   * measure it, observe it instead of the gate.
   */
  readonly shadow: Pick<WriteGate, 'state' | 'refusal' | 'counts' | 'oldestHeldMs' | 'watch'>
}

/**
 * For a rehearsal in production: counts what would be held, and holds nothing. Its state stays `open`, so that a run
 * that waits for closed gates does not go on; it ends no unit of work that takes too long. A release does change its
 * generation, because it comes together with the change of the datasource.
 * @param options for the gate that is only imagined.
 * @throws RangeError as {@link createWriteGate}.
 */
export function createDryRunGate(options: WriteGateOptions = {}): DryRunGate {
  const shadow = createWriteGate(options)
  const real = createWriteGate(options.clock === undefined ? {} : { clock: options.clock })
  return {
    shadow,
    get state() {
      return real.state
    },
    get generation() {
      return real.generation
    },
    refusal: '',
    counts: () => real.counts(),
    oldestHeldMs: () => 0,
    watch: (watcher) => real.watch(watcher),
    whenDrained: (signal) => real.whenDrained(signal),
    running: () => real.running().map(withoutEnd),
    tryEnter(end) {
      const imagined = shadow.tryEnter()
      // With `enter` it is known how much would be held.
      if (imagined === undefined) return undefined
      const unit = real.tryEnter(end)
      if (unit === undefined) imagined.leave()
      return unit && together(unit, () => imagined.leave())
    },
    async enter(request) {
      const leaveShadow = ask(shadow, request)
      try {
        return together(await real.enter(request), leaveShadow)
      } catch (error) {
        leaveShadow()
        throw error
      }
    },
    close(order) {
      shadow.close(order)
      return false
    },
    release() {
      shadow.release()
      real.release()
    },
    abort: () => shadow.abort(),
    refuse: (reason) => shadow.refuse(reason),
  }
}

/**
 * Asks like a real write. Without its signal: a request that was not held is over long before it would have been let in.
 * @returns says that the write has ended; if it is still held then, it leaves as soon as it is let in.
 */
function ask(shadow: WriteGate, { bytes, key }: EnterRequest): () => void {
  let ended = false
  let unit: Unit | undefined
  void imagine()
  return () => {
    ended = true
    unit?.leave()
  }

  async function imagine(): Promise<void> {
    try {
      unit = await shadow.enter({ bytes, key })
      if (ended) unit.leave()
    } catch {
      unit = undefined // the shadow has counted it
    }
  }
}

function together(unit: Unit, leaveShadow: () => void): Unit {
  return {
    generation: unit.generation,
    leave() {
      unit.leave()
      leaveShadow()
    },
    committing: () => unit.committing(),
  }
}

function withoutEnd({ sinceMs, committing }: RunningUnit): RunningUnit {
  return { sinceMs, committing, end: undefined }
}
