import { startDeadline } from '../../core/deadline.ts'
import { toCutoverError } from '../../core/errors.ts'
import { endSentence } from '../../core/end-sentence.ts'
import type { ControlWish } from '../../core/journal-entry.ts'
import type { ChoiceQuestion, Chosen } from '../../core/ports/operator.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { RunControl, RunPosition } from '../../core/run-control.ts'
import { stopChoices, stopQuestion } from './stop-question.ts'
import type { StopSignal } from '../worker-channel.ts'

export interface SteeringOptions {
  readonly control: RunControl
  /** Who can be asked while there is a terminal. */
  readonly person: Person
  /** One line for the operator. */
  readonly say: (text: string) => void
  readonly clock: Clock
}

/** A question hides what the run does meanwhile, so it does not stay on the screen for ever. Milliseconds. */
const patienceMs = 30_000

export interface Person {
  /** Undefined: no answer came. */
  choose(question: ChoiceQuestion, signal: AbortSignal): Promise<Chosen | undefined>
  /** False: there is no terminal, or none any more. */
  isThere(): boolean
  /** The terminal is gone for good: nothing is asked there any more, and open questions end without an answer. */
  leave(): void
}

export interface SignalSteering extends Disposable {
  /** Never throws. False: the run is not there to be steered, it has not begun or it has ended. */
  take(name: StopSignal): boolean
}

/**
 * What stop signals mean while a run acts.
 * Outside the pause the first one asks to park; the second asks the person, and without one walks back.
 * In the pause the first one asks the person while the run goes on, and no answer is "go on". Without a person it walks
 * back, and after the point of no return it parks at the end of the pause.
 * A lost terminal parks: at the next safe point, which in the pause is its end.
 */
export function steerBySignals(options: SteeringOptions): SignalSteering {
  const { control, person, say, clock } = options
  const over = new AbortController()
  let isAsking = false
  let turn: Promise<void> = Promise.resolve()

  async function take(name: StopSignal): Promise<void> {
    const at = control.position()
    if (!at) return say(`${name}: the run has ended.`)
    if (at.undoing) return say(`${name}: it is walking back already, and that is not cut off. ${halfDone()}`)
    if (name === 'SIGHUP') return at.pending === 'park' ? undefined : ask('park', name, name)
    if (isAsking) return say(`${name}: the question about the last one is still open.`)
    const isFirst = at.pending !== 'park'
    const mayAsk = person.isThere()
    if (isFirst && !at.inPause) return ask('park', name, name, ` ${whatNext(at, mayAsk, name)}`)
    if (mayAsk) return void askPerson(name, at).catch(failed(name))
    if (!at.noReturnPassed) return ask('undo', name, name)
    if (isFirst) return ask('park', name, name, ' It cannot walk back: the point of no return was passed.')
    say(`${name}: it stops ${at.safePoint}. It cannot walk back: the point of no return was passed.`)
  }

  async function askPerson(name: StopSignal, at: RunPosition): Promise<void> {
    isAsking = true
    using patience = startDeadline(clock, patienceMs, 'the answer', over.signal)
    try {
      const chosen = await person.choose(stopQuestion(name, at), patience.signal)
      if (over.signal.aborted) return
      const choice = stopChoices(at).find(({ key }) => key === chosen?.key)
      if (!chosen || !choice) return say(`No answer: ${stopQuestion(name, at).otherwise}.`)
      if (choice.wish) await ask(choice.wish, chosen.by, name)
    } finally {
      isAsking = false
    }
  }

  async function ask(wish: ControlWish, by: string, name: StopSignal, more = ''): Promise<void> {
    try {
      say(`${name}: ${endSentence(await control.ask(wish, by))}${more}`)
    } catch (error) {
      say(`${name}: ${endSentence(toCutoverError(error).message)} It goes on.`)
    }
  }

  const failed = (name: StopSignal) => (error: unknown) => say(`${name}: ${toCutoverError(error).message}`)

  return {
    take(name) {
      if (name === 'SIGHUP') person.leave()
      if (!control.position()) return false
      // One after the other: the second press of two quick ones must see what the first one asked for.
      turn = turn.then(() => take(name)).catch(failed(name))
      return true
    },
    [Symbol.dispose]: () => over.abort(),
  }
}

function whatNext(at: RunPosition, mayAsk: boolean, name: StopSignal): string {
  if (mayAsk) return `${name === 'SIGINT' ? 'Ctrl-C' : name} again asks what to do instead.`
  if (at.noReturnPassed) return 'It cannot walk back: the point of no return was passed.'
  return `A second ${name} cuts the step in hand and walks back what was done.`
}

function halfDone(): string {
  return `kill -9 ${process.pid} would leave things half done.`
}
