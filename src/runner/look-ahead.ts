import type { Json } from '../core/json.ts'
import type { PlaybookStep } from '../core/playbook.ts'
import type { Clock } from '../core/ports/index.ts'
import { contextFor, stepKindOf, type Run } from './run.ts'

/** A before-image that is older is read anew, milliseconds. */
const freshForMs = 15_000

/**
 * Before-images that are read while users do not wait yet, for steps that come when they do. Only of steps between which
 * and now nothing touches the same thing, so what they would see later is what there is now.
 */
export interface LookAhead {
  /** Reads for the steps behind `from` that say what they touch, as far as the first one that does not. */
  look(run: Run, from: PlaybookStep): void
  /** What was read for the step; undefined: nothing, or too long ago, or it could not be read. */
  take(step: PlaybookStep, clock: Clock): Promise<Json | undefined>
}

interface Early {
  readonly atMs: number
  readonly seen: Promise<Json | undefined>
}

export function createLookAhead(): LookAhead {
  const early = new Map<string, Early>()
  return {
    look(run, from) {
      early.clear()
      for (const step of stepsToLookAt(run, from)) early.set(step.id, read(run, step))
    },
    async take(step, clock) {
      const found = early.get(step.id)
      early.delete(step.id)
      if (!found || clock.monotonicMs() - found.atMs > freshForMs) return undefined
      return found.seen
    },
  }
}

function stepsToLookAt(run: Run, from: PlaybookStep): readonly PlaybookStep[] {
  const { pause } = run.playbook.phases
  const touched = new Set<string>()
  const steps: PlaybookStep[] = []
  for (const item of pause.slice(pause.indexOf(from) + 1)) {
    if (item.type === 'gate') continue
    const place = stepKindOf(run.catalogue, item.uses).touches?.(item.with)
    if (place === undefined) break
    // One that was begun before has its image in the journal.
    const isNew = !touched.has(place) && run.recorder.state().items.get(item.id)?.touched !== true
    touched.add(place)
    if (isNew) steps.push(item)
  }
  return steps
}

/** What goes wrong here goes wrong again when the step is there, and is told then. */
function read(run: Run, step: PlaybookStep): Early {
  const kind = stepKindOf(run.catalogue, step.uses)
  const context = contextFor(run, step.id, run.steering.forStep())
  const seen = kind.observe(context, step.with).catch(() => undefined)
  return { atMs: run.clock.monotonicMs(), seen }
}
