import { CutoverError } from '../core/errors.ts'
import { onStopSignal } from './worker-channel.ts'

export interface StopListener extends Disposable {
  /** Fires at the first Ctrl-C, SIGTERM or lost terminal. */
  readonly signal: AbortSignal
}

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort that the run answers with a clean way out.
 * Later ones are answered with a line: a run that is walking back must not be cut off by impatience.
 */
export function listenForStop(say: (text: string) => void = sayOnStderr): StopListener {
  const controller = new AbortController()
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      say(
        `${name} again: the way out is already being taken. kill -9 ${process.pid} would leave things half done.`,
      )
      return
    }
    say(`${name}: stopping at the next safe point.`)
    controller.abort(new CutoverError('interrupted', `Interrupted by ${name}`))
  }
  const signals = onStopSignal(onSignal)
  return { signal: controller.signal, [Symbol.dispose]: () => signals[Symbol.dispose]() }
}

function sayOnStderr(text: string): void {
  process.stderr.write(`\n${text}\n`)
}
