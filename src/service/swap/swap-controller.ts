import { orAborted, startDeadline } from '../../core/deadline.ts'
import type { NextDatasource as NextStatus } from '../../core/instance-status.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { Log } from '../../core/ports/log.ts'
import type { WriteGate } from '../gate/write-gate.ts'
import type { Generation, Swappable } from '../pool/generation.ts'
import { createHands } from './create-hands.ts'
import type { Word } from './heard-word.ts'
import type { Hold } from './hold.ts'
import type { NextDatasource, OpenNext } from './next-datasource.ts'
import { NextKeeper } from './next-keeper.ts'
import { releasePace } from './release-pace.ts'
import { sayError } from './say-error.ts'
import type { SwapCenter } from './swap-center.ts'
import type { ReleaseQuestion, ReleaseRow } from './swap-hands.ts'
import { SwapMachine } from './swap-machine.ts'
import type { Waker } from './waker.ts'
import { createWaker } from './waker.ts'

export interface SwapControllerOptions {
  readonly service: string
  readonly center: SwapCenter
  readonly gate: WriteGate
  readonly facade: Swappable
  readonly openNext: OpenNext
  readonly clock: Clock
  readonly log: Log
  /** How long sessions of the old datasource may take to come back after a switch, milliseconds. */
  readonly graceMs: number
  /** Told of each text of the notice document; null: there is none. */
  readonly onNotice?: (text: string | null) => void
  /** Told which datasource the service uses from now on. */
  readonly switched?: (next: NextDatasource) => void
}

const readWithinMs = 5000
const readAgainMs = 1000
const followAgainMs = 1000
const answerWithinMs = 5000

/**
 * Makes the switch happen in one process: follows the notice, keeps the next datasource ready, holds writes when told
 * to, asks the target for the release, and lets the writes go on where the evidence says. Everything that waits is
 * here; what is decided is in the machine.
 */
export class SwapController implements AsyncDisposable {
  readonly #options: SwapControllerOptions
  readonly #stop = new AbortController()
  readonly #machine: SwapMachine
  readonly #keeper: NextKeeper
  readonly #asking: Waker
  readonly #reading: Waker
  #firstRead = (): void => undefined
  readonly #first = new Promise<void>((resolve) => {
    this.#firstRead = resolve
  })
  readonly #loops: Promise<unknown>
  #cancelTimer: (() => void) | undefined
  #closedAtMs: number | undefined
  #needsReading = false

  constructor(options: SwapControllerOptions) {
    const { service, clock } = options
    const { signal } = this.#stop
    this.#options = options
    this.#asking = createWaker(clock)
    this.#reading = createWaker(clock)
    const take = (): NextDatasource | undefined => this.#keeper.take()
    this.#machine = new SwapMachine(service, clock, createHands({ ...options, take, signal }))
    this.#keeper = new NextKeeper({
      center: options.center,
      open: options.openNext,
      clock,
      isBusy: () => this.#machine.question?.closedAtMs !== undefined,
      changed: () => this.#asking.wake(),
    })
    this.#loops = Promise.all([this.#follow(signal), this.#ask(signal), this.#readAfresh(signal)]).catch(
      (error: unknown) =>
        options.log.error({ reason: sayError(error) }, 'the switch cannot be followed any more'),
    )
  }

  /** Resolves when the notice was read for the first time, and a hold that was under way is in force. */
  ready(signal: AbortSignal): Promise<void> {
    return orAborted(this.#first, signal)
  }

  /** The newest notice that counts for this service. */
  get word(): Word | undefined {
    return this.#machine.word
  }

  /** The hold that is in force or expected. */
  get hold(): Hold | undefined {
    return this.#machine.hold
  }

  get next(): NextStatus | null {
    return this.#keeper.status
  }

  /** Open already, and not in use yet. */
  get nextGeneration(): Generation | undefined {
    return this.#keeper.next?.generation
  }

  /** Stops following, and closes a datasource that is not in use. The gate stays as it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#cancelTimer?.()
    this.#firstRead()
    await this.#loops
    await this.#keeper[Symbol.asyncDispose]()
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { center, clock, log } = this.#options
    while (!signal.aborted) {
      try {
        for await (const text of center.notices(signal)) this.#hear(text, clock.monotonicMs(), false)
      } catch (error) {
        if (!signal.aborted) log.error({ reason: sayError(error) }, 'the notice cannot be followed')
      }
      if (!signal.aborted) await clock.sleep(followAgainMs, signal).catch(() => undefined)
    }
  }

  /** Only while the gate is kept from opening by what the config center last said. */
  async #readAfresh(signal: AbortSignal): Promise<void> {
    const { center, clock } = this.#options
    while (!signal.aborted) {
      if (!this.#machine.needsReading) {
        await this.#reading.wait(undefined, signal)
        continue
      }
      const asOf = clock.monotonicMs()
      using deadline = startDeadline(clock, readWithinMs, 'reading the notice', signal)
      const read = await center.readNotice(deadline.signal).catch(() => undefined)
      if (signal.aborted) return
      // Undefined: no answer. What is not known changes nothing.
      if (read !== undefined) this.#hear(read, asOf, true)
      await this.#reading.wait(readAgainMs, signal)
    }
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    let failures = 0
    while (!signal.aborted) {
      const { question } = this.#machine
      const { next } = this.#keeper
      const asks = question !== undefined && next !== undefined
      if (asks) failures = (await this.#askOnce(question, next, signal)) ? 0 : failures + 1
      const { closedAtMs } = question ?? {}
      const closedForMs = closedAtMs === undefined ? undefined : clock.monotonicMs() - closedAtMs
      await this.#asking.wait(asks ? releasePace(closedForMs, failures) : undefined, signal)
    }
  }

  /** @returns whether the target answered. */
  async #askOnce({ runId }: ReleaseQuestion, next: NextDatasource, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options
    const asOf = clock.monotonicMs()
    using deadline = startDeadline(clock, answerWithinMs, 'the question for the release', signal)
    let row: ReleaseRow | null
    try {
      row = await next.release.read(runId, deadline.signal)
    } catch (error) {
      if (this.#keeper.next === next) {
        this.#keeper.heardOfRelease(`It does not say whether it takes the writes: ${sayError(error)}.`)
      }
      return false
    }
    // Another datasource may be the next one by now: what this one says means nothing for it.
    if (signal.aborted || this.#keeper.next !== next) return true
    this.#keeper.heardOfRelease('')
    this.#machine.answered(runId, row, asOf)
    this.#update()
    return true
  }

  #hear(text: string | null, asOf: number, afresh: boolean): void {
    this.#machine.heard(text, asOf, afresh)
    this.#options.onNotice?.(text)
    this.#update()
    this.#firstRead()
  }

  /** After everything the machine was told: what it wants, and when it is to be looked at again. */
  #update(): void {
    const { clock } = this.#options
    const { staged, question, needsReading, dueInMs } = this.#machine
    this.#keeper.want(staged)
    if (question?.closedAtMs !== this.#closedAtMs) {
      this.#asking.wake()
      this.#keeper.lookNow()
    }
    this.#closedAtMs = question?.closedAtMs
    if (needsReading && !this.#needsReading) this.#reading.wake()
    this.#needsReading = needsReading
    this.#cancelTimer?.()
    if (dueInMs === undefined || this.#stop.signal.aborted) return
    this.#cancelTimer = clock.after(dueInMs, () => {
      this.#machine.check()
      this.#update()
    })
  }
}
