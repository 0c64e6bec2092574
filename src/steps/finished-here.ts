import type { StepContext } from '../core/step.ts'

/*
 * Some deeds leave no mark that could be read back: a restart, a request, a command, a person's word. For these the
 * only evidence is that this very process saw them finish. After a crash the memory is gone, `verify` says no, and
 * the deed is done again; each step that uses this is safe to repeat.
 */
const finished = new Set<string>()

export type Deed = 'run' | 'undo'

export function rememberFinished(context: StepContext, deed: Deed): void {
  finished.add(keyOf(context, deed))
}

export function finishedHere(context: StepContext, deed: Deed): boolean {
  return finished.has(keyOf(context, deed))
}

// The epoch rises whenever a run is taken up again, so what another holder of the run saw does not count.
function keyOf(context: StepContext, deed: Deed): string {
  return [context.runId, context.epoch, context.stepId, deed].join('\n')
}
