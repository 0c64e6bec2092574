import type { Operator } from '../../core/ports/operator.ts'
import { systemClock } from '../../core/system-clock.ts'
import type { Person } from './steer-by-signals.ts'

interface PersonOptions {
  readonly atTerminal: Operator
  /** Answers when nobody is there: flags, and else no. */
  readonly withoutTerminal: Operator
  /** True while the terminal takes answers. */
  readonly isThere: () => boolean
}

/** An operator that may lose his terminal. */
export interface OpenedPerson {
  /** For the run. */
  readonly operator: Operator
  /** For stop signals. */
  readonly person: Person
}

/** How long a question waits for the park that a lost terminal leads to, milliseconds. */
const partingMs = 2000

/**
 * When the terminal goes, nothing is asked any more. A question that is open then gets no answer of its own: what the
 * terminal gave in its last moment is not what anybody said. The park that a lost terminal leads to decides; where that
 * does not end the question, it is answered as if there had never been a terminal.
 */
export function openPerson({ atTerminal, withoutTerminal, isThere }: PersonOptions): OpenedPerson {
  const gone = new AbortController()
  const mayAsk = (): boolean => !gone.signal.aborted && isThere()

  async function whileThere<T>(
    work: (signal: AbortSignal) => Promise<T>,
    outer: AbortSignal,
  ): Promise<T | 'unanswered'> {
    if (!mayAsk()) return 'unanswered'
    using either = linked(outer, gone.signal)
    try {
      const answer = await work(either.signal)
      if (mayAsk()) return answer
    } catch (error) {
      if (mayAsk()) throw error
    }
    await systemClock.sleep(partingMs, outer)
    return 'unanswered'
  }

  const operator: Operator = {
    ...atTerminal,
    async ask(question, signal) {
      const answer = await whileThere((either) => atTerminal.ask(question, either), signal)
      return answer === 'unanswered' ? withoutTerminal.ask(question, signal) : answer
    },
    async choose(question, signal) {
      const chosen = await whileThere(async (either) => atTerminal.choose?.(question, either), signal)
      return chosen === 'unanswered' ? withoutTerminal.choose?.(question, signal) : chosen
    },
  }
  return {
    operator,
    person: {
      isThere: () => mayAsk() && atTerminal.choose !== undefined,
      leave: () => gone.abort(new Error('the terminal is gone')),
      async choose(question, signal) {
        using either = linked(signal, gone.signal)
        // Awaited here: the signals are linked no longer than this function runs.
        return mayAsk() ? await atTerminal.choose?.(question, either.signal) : undefined
      },
    },
  }
}

function linked(...signals: readonly AbortSignal[]): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const forwards = signals.map((signal) => {
    const forward = (): void => controller.abort(signal.reason)
    if (signal.aborted) forward()
    else signal.addEventListener('abort', forward, { once: true })
    return () => signal.removeEventListener('abort', forward)
  })
  return { signal: controller.signal, [Symbol.dispose]: () => forwards.forEach((stop) => stop()) }
}
