import { CutoverError } from '../core/errors.ts'
import type { RunControl } from '../core/run-control.ts'

/** The wheel of one run: given to `runPlaybook` or `undoRun`, it works while they do. */
export interface RunWheel extends RunControl {
  /** Called by the runner. Disposing of the answer lets go. */
  attach(run: SteeredRun): Disposable
}

/** What the runner gives whoever steers it. */
export interface SteeredRun {
  readonly ask: RunControl['ask']
  readonly note: RunControl['note']
  readonly position: () => NonNullable<ReturnType<RunControl['position']>>
}

/** Makes a wheel that is not yet attached to a run: until it is, every wish is refused. */
export function createRunControl(): RunWheel {
  let run: SteeredRun | undefined
  const attached = (): SteeredRun => {
    if (run) return run
    throw new CutoverError('usage', 'the run is not going on at this moment')
  }
  return {
    async ask(wish, by, why) {
      return attached().ask(wish, by, why)
    },
    async note(text, by) {
      return attached().note(text, by)
    },
    position: () => run?.position(),
    attach(steered) {
      run = steered
      return {
        [Symbol.dispose]() {
          if (run === steered) run = undefined
        },
      }
    },
  }
}
