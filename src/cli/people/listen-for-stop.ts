import { CutoverError } from '../../core/errors.ts'
import type { SignalSteering } from './steer-by-signals.ts'
import { onStopSignal, type StopSignal } from '../worker-channel.ts'

export interface StopListener extends Disposable {
  /** Fires at the first Ctrl-C, SIGTERM or lost terminal that comes before a run is steered: nothing was done then. */
  readonly signal: AbortSignal
  /** From now on the signals steer the run. */
  steer(steering: SignalSteering): void
  /** Something happened in the run: signals that came before it could be steered are taken now. */
  onRunEvent(): void
}

export interface StopOptions {
  /** True: a signal waits until the run is steered. For a run that is taken up in the pause: it must not be left alone. */
  readonly waits?: boolean
  /** One line for the operator. Default: standard error. */
  readonly say?: (text: string) => void
}

/**
 * Turns stop signals into a clean way out. Before a run acts the first one ends the command; from then on they steer it.
 */
export function listenForStop({ waits = false, say = sayOnStderr }: StopOptions = {}): StopListener {
  const controller = new AbortController()
  const held: StopSignal[] = []
  let steering: SignalSteering | undefined
  const onSignal = (name: StopSignal): void => {
    if (steering?.take(name)) return
    if (steering || waits) {
      held.push(name)
      say(`${name}: heard; the run is just beginning or ending.`)
    } else if (controller.signal.aborted) {
      say(`${name} again: it is ending already. kill -9 ${process.pid} would leave things half done.`)
    } else {
      say(`${name}: ending, nothing more is begun.`)
      controller.abort(new CutoverError('interrupted', `Interrupted by ${name}`))
    }
  }
  const signals = onStopSignal(onSignal)
  return {
    signal: controller.signal,
    steer: (by) => {
      steering = by
    },
    onRunEvent() {
      while (held[0] && steering?.take(held[0])) held.shift()
    },
    [Symbol.dispose]() {
      steering?.[Symbol.dispose]()
      signals[Symbol.dispose]()
    },
  }
}

function sayOnStderr(text: string): void {
  process.stderr.write(`\n${text}\n`)
}
