import { CutoverError, isCutoverError } from '../core/errors.ts'
import { formatMs } from '../core/deadline.ts'
import type { ControlWish } from '../core/journal-entry.ts'
import type { Playbook } from '../core/playbook.ts'
import type { Clock } from '../core/ports/index.ts'
import type { RunPosition } from '../core/run-control.ts'
import { describePosition, tellWish } from './describe-position.ts'
import type { Recorder } from './recorder.ts'

interface SteeringOptions {
  /** Asks the run to stop, as an undo would before the point of no return, as a park after it. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly playbook: Playbook
  readonly recorder: Recorder
  /** What was asked of a process that died is still wanted. Whoever takes a run up by hand wants what he types. */
  readonly heedsEarlierWish: boolean
}

interface Wish {
  readonly wish: 'park' | 'hold'
  readonly by: string
}

/** What takes effect at a safe point. */
export interface WishHere {
  readonly wish: 'park' | 'hold'
  readonly reason: CutoverError
}

/**
 * What people and clocks want of a run while it goes on.
 * Before the point of no return a stop and the pause's budget cut whatever runs, and the run walks back. After it nothing
 * cuts a step: half a way forward is worse than a late stop. A park or a hold waits for a safe point: between two items
 * outside the pause, and the end of the pause.
 */
export class Steering implements Disposable {
  readonly #options: SteeringOptions
  readonly #cut = new AbortController()
  readonly #never = new AbortController().signal
  #waiting = new AbortController()
  #passed: boolean
  #undoing = false
  #inPause = false
  #held = false
  #item = ''
  #wanted: Wish | undefined
  #release = (): void => undefined
  #cancelBudget = (): void => undefined

  constructor(options: SteeringOptions) {
    this.#options = options
    const { noReturnPassed, wish } = options.recorder.state()
    this.#passed = noReturnPassed
    if (wish && options.heedsEarlierWish) this.#take(wish.wish, wish.by)
    if (options.signal.aborted) this.#onStop()
    else options.signal.addEventListener('abort', this.#onStop, { once: true })
  }

  /** The outer signal of a step that starts now: fires when the run must walk back. */
  forStep(): AbortSignal {
    return this.#passed ? this.#never : this.#cut.signal
  }

  /** The outer signal of a wait that starts now and changes nothing: fires for a park and a hold as well. */
  forWait(): AbortSignal {
    this.#waiting = new AbortController()
    const reason = this.cut() ?? this.wishHere()?.reason
    if (reason) this.#waiting.abort(reason)
    return this.#waiting.signal
  }

  /** Why the run must walk back now. */
  cut(): CutoverError | undefined {
    return this.#passed ? undefined : (this.#cut.signal.reason as CutoverError | undefined)
  }

  /** What takes effect at this place: the run ends as it stands, or waits. */
  wishHere(): WishHere | undefined {
    if (!this.#wanted || this.#inPause || this.#undoing) return undefined
    return { wish: this.#wanted.wish, reason: reasonOf(this.#wanted) }
  }

  /** Resolves when somebody says go-on, park or undo. */
  async untilReleased(): Promise<void> {
    this.#held = true
    await new Promise<void>((resolve) => {
      this.#release = resolve
    })
    this.#held = false
    this.#release = () => undefined
  }

  /** @param item the one in hand, '' between two. */
  at(item: string): void {
    this.#item = item
  }

  /** @param remainingMs what is left of the budget, more than zero only when it has not passed. */
  startPause(remainingMs: number): void {
    this.#inPause = true
    if (remainingMs > 0) this.#cancelBudget = this.#options.clock.after(remainingMs, this.#onBudget)
    else this.#onBudget()
  }

  endPause(): void {
    this.#inPause = false
    this.#cancelBudget()
  }

  passNoReturn(): void {
    this.#passed = true
  }

  beginUndo(): void {
    this.#undoing = true
    this.#wanted = undefined
    this.#cancelBudget()
  }

  get inPause(): boolean {
    return this.#inPause
  }

  /** See `RunControl`. */
  async ask(wish: ControlWish, by: string, why?: string): Promise<string> {
    const { recorder } = this.#options
    const { runId } = recorder.state()
    const sentence = tellWish(wish, this.position(), runId)
    await recorder.append({ type: 'operator.asked', wish, by, ...(why === undefined ? {} : { why }) })
    // The point of no return may have been passed while the entry was written.
    if (wish === 'undo') tellWish(wish, this.position(), runId)
    this.#take(wish, by, why)
    return sentence
  }

  position(): RunPosition {
    return describePosition({
      state: this.#options.recorder.state(),
      item: this.#item,
      inPause: this.#inPause,
      passed: this.#passed,
      undoing: this.#undoing,
      held: this.#held,
      wanted: this.#wanted?.wish,
    })
  }

  [Symbol.dispose](): void {
    this.#cancelBudget()
    this.#options.signal.removeEventListener('abort', this.#onStop)
  }

  #take(wish: ControlWish, by: string, why?: string): void {
    if (wish === 'undo') return this.#walkBack(stoppedBy(by, why))
    if (wish !== 'go-on') return this.#want({ wish, by })
    this.#wanted = undefined
    this.#release()
  }

  #walkBack(reason: CutoverError): void {
    if (this.#passed) return
    this.#cut.abort(reason)
    this.#waiting.abort(reason)
    this.#release()
  }

  #want(wish: Wish): void {
    this.#wanted = wish
    if (!this.#inPause) this.#waiting.abort(reasonOf(wish))
    // A run that waits already stays where it is for a hold, and must see a park.
    if (wish.wish === 'park') this.#release()
  }

  readonly #onStop = (): void => {
    const reason = interrupted(this.#options.signal.reason)
    if (!this.#passed) return this.#walkBack(reason)
    this.#want({ wish: 'park', by: 'a stop' })
    this.#options.recorder.emit({ type: 'stop.deferred', reason: reason.message })
  }

  readonly #onBudget = (): void => {
    const { pauseBudgetMs: budgetMs, onOverrun } = this.#options.playbook
    const passed = this.#passed
    if (passed || onOverrun === 'go-on') {
      this.#options.recorder.emit({ type: 'pause.over-budget', budgetMs, passed })
    } else {
      this.#walkBack(new CutoverError('deadline', `the pause passed its budget of ${formatMs(budgetMs)}`))
    }
  }
}

function reasonOf({ wish, by }: Wish): CutoverError {
  return new CutoverError('interrupted', `${by} asked the run to ${wish === 'park' ? 'stop' : 'wait'}`)
}

function stoppedBy(by: string, why: string | undefined): CutoverError {
  return new CutoverError('interrupted', `${by} asked to walk back${why === undefined ? '' : `: ${why}`}`)
}

function interrupted(reason: unknown): CutoverError {
  if (isCutoverError(reason)) return reason
  return new CutoverError('interrupted', 'the run was asked to stop')
}
