import { CutoverError, isCutoverError } from '../core/errors.ts'
import { formatMs } from '../core/deadline.ts'
import type { Clock } from '../core/ports/index.ts'
import type { RunEvent } from '../core/run-event.ts'

/**
 * What may cut a run short: somebody who asks to stop, and the pause's budget.
 * Before the point of no return both cut whatever runs. After it neither cuts a step: half a way forward is worse than
 * a late stop. A gate changes nothing, so a stop cuts it at any time.
 */
export interface Interruption extends Disposable {
  /** The outer signal of a step that starts now. */
  forStep(): AbortSignal
  /** The outer signal of a gate that starts now. */
  forGate(): AbortSignal
  /** Why the next item must not start. */
  pending(): CutoverError | undefined
  /** @param remainingMs what is left of the budget, more than zero only when it has not passed. */
  startPause(remainingMs: number): void
  endPause(): void
  passNoReturn(): void
}

export function watchInterruption(options: {
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly budgetMs: number
  readonly noReturnPassed: boolean
  readonly emit: (event: RunEvent) => void
}): Interruption {
  const { signal, clock, budgetMs, emit } = options
  const cut = new AbortController()
  const stopped = new AbortController()
  const never = new AbortController().signal
  let passed = options.noReturnPassed
  let cancelBudget = (): void => undefined

  const onStop = (): void => {
    const reason = interrupted(signal.reason)
    stopped.abort(reason)
    if (passed) emit({ type: 'stop.deferred', reason: reason.message })
    else cut.abort(reason)
  }
  const onBudget = (): void => {
    if (passed) emit({ type: 'pause.over-budget', budgetMs })
    else cut.abort(new CutoverError('deadline', `the pause passed its budget of ${formatMs(budgetMs)}`))
  }
  if (signal.aborted) onStop()
  else signal.addEventListener('abort', onStop, { once: true })

  return {
    forStep: () => (passed ? never : cut.signal),
    forGate: () => (passed ? stopped.signal : cut.signal),
    pending: () => (passed ? stopped.signal : cut.signal).reason as CutoverError | undefined,
    startPause(remainingMs) {
      if (remainingMs > 0) cancelBudget = clock.after(remainingMs, onBudget)
      else onBudget()
    },
    endPause: () => cancelBudget(),
    passNoReturn() {
      passed = true
    },
    [Symbol.dispose]() {
      cancelBudget()
      signal.removeEventListener('abort', onStop)
    },
  }
}

function interrupted(reason: unknown): CutoverError {
  if (isCutoverError(reason)) return reason
  return new CutoverError('interrupted', 'the run was asked to stop')
}
