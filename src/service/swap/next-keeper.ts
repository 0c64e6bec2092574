import type { NextDatasource as NextStatus } from '../../core/instance-status.ts'
import { startDeadline } from '../../core/deadline.ts'
import type { StagedDocument } from '../../core/notice.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { NextDatasource, OpenNext } from './next-datasource.ts'
import { sayError } from './say-error.ts'
import type { SwapCenter } from './swap-center.ts'
import type { Waker } from './waker.ts'
import { createWaker } from './waker.ts'

export interface NextKeeperOptions {
  readonly center: Pick<SwapCenter, 'readStaged'>
  readonly open: OpenNext
  readonly clock: Clock
  /** True: no look is worth what it costs now; the gate is closed. */
  isBusy(): boolean
  /** A datasource was opened, or closed. */
  changed(): void
}

interface Wanted {
  readonly staged: StagedDocument
  readonly stop: AbortController
  readonly waker: Waker
  problems: readonly string[]
  next: NextDatasource | undefined
  looked: boolean
  /** Monotonic: when its connections were last seen open. */
  warmAsOf: number
  /** Why the release cannot be asked for; '' while it can. */
  silence: string
}

const openWithinMs = 15_000
const lookWithinMs = 10_000
const lookAgainMs = 5000
/** Servers and what stands before them close connections that nobody uses. */
const warmAgainMs = 30_000
const longestPauseMs = 5000

/** Keeps the datasource that a notice has staged open and looked at, as long as it is wanted. */
export class NextKeeper implements AsyncDisposable {
  readonly #options: NextKeeperOptions
  readonly #endings = new Set<Promise<void>>()
  #wanted: Wanted | undefined

  constructor(options: NextKeeperOptions) {
    this.#options = options
  }

  /** Undefined until it is open. */
  get next(): NextDatasource | undefined {
    return this.#wanted?.next
  }

  get status(): NextStatus | null {
    if (this.#wanted === undefined) return null
    const { staged, next, looked, silence } = this.#wanted
    const problems = silence === '' ? this.#wanted.problems : [...this.#wanted.problems, silence]
    const ready = looked && problems.length === 0
    return { etag: staged.etag, datasource: next?.generation.datasource ?? '', ready, problems }
  }

  /** From now on this document, or none, is the next datasource; the one before is closed unless it was taken. */
  want(staged: StagedDocument | undefined): void {
    if (isSameDocument(this.#wanted?.staged, staged)) return
    this.#drop()
    if (staged === undefined) return
    const wanted: Wanted = {
      staged,
      stop: new AbortController(),
      waker: createWaker(this.#options.clock),
      problems: ['It is not open yet.'],
      next: undefined,
      looked: false,
      warmAsOf: 0,
      silence: '',
    }
    this.#wanted = wanted
    this.#remember(this.#keep(wanted))
  }

  /** A look that was put off need not wait any more. */
  lookNow(): void {
    this.#wanted?.waker.wake()
  }

  /** Hands the open datasource over to the service; it is closed by its new owner. */
  take(): NextDatasource | undefined {
    const next = this.#wanted?.next
    if (this.#wanted !== undefined) this.#wanted.next = undefined
    this.#drop()
    next?.release.close()
    return next
  }

  /** Whether the release can be asked for; '' when it can. */
  heardOfRelease(silence: string): void {
    if (this.#wanted !== undefined) this.#wanted.silence = silence
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#drop()
    while (this.#endings.size > 0) await Promise.all(this.#endings)
  }

  #drop(): void {
    const wanted = this.#wanted
    this.#wanted = undefined
    wanted?.stop.abort()
  }

  #remember(work: Promise<void>): void {
    const ending = work.finally(() => this.#endings.delete(ending))
    this.#endings.add(ending)
  }

  async #keep(wanted: Wanted): Promise<void> {
    const { signal } = wanted.stop
    for (let failures = 0; !signal.aborted;) {
      try {
        if (wanted.next === undefined) await this.#open(wanted)
        await this.#look(wanted)
        failures = 0
      } catch (error) {
        failures += 1
        wanted.looked = false
        if (!signal.aborted) wanted.problems = [`It cannot be used: ${sayError(error)}.`]
      }
      const pauseMs = failures === 0 ? lookAgainMs : Math.min(longestPauseMs, 250 * 2 ** failures)
      await wanted.waker.wait(pauseMs, signal)
    }
    await wanted.next?.[Symbol.asyncDispose]()
    wanted.next = undefined
  }

  async #open(wanted: Wanted): Promise<void> {
    const { center, clock, open } = this.#options
    const { staged, stop } = wanted
    wanted.problems = [`${staged.dataId} is not there yet in the version that the notice names.`]
    const content = await center.readStaged(staged, stop.signal)
    wanted.problems = ['It is being opened.']
    using deadline = startDeadline(clock, openWithinMs, 'opening the next datasource', stop.signal)
    wanted.next = await open(content, this.#options.isBusy(), deadline.signal)
    wanted.warmAsOf = clock.monotonicMs()
    if (!stop.signal.aborted) this.#options.changed()
  }

  /** Again and again while something is not in order: a right may be given, a table may appear. */
  async #look(wanted: Wanted): Promise<void> {
    if (wanted.looked && wanted.problems.length === 0) return this.#warmUp(wanted)
    if (this.#options.isBusy()) {
      if (!wanted.looked) wanted.problems = ['It is open, and is not looked at while writes are held.']
      return
    }
    using deadline = startDeadline(
      this.#options.clock,
      lookWithinMs,
      'the look at the next datasource',
      wanted.stop.signal,
    )
    wanted.problems = (await wanted.next?.look(deadline.signal)) ?? []
    wanted.looked = true
  }

  async #warmUp(wanted: Wanted): Promise<void> {
    const { clock } = this.#options
    if (this.#options.isBusy() || clock.monotonicMs() - wanted.warmAsOf < warmAgainMs) return
    using deadline = startDeadline(clock, lookWithinMs, 'opening connections again', wanted.stop.signal)
    await wanted.next?.warmUp(deadline.signal)
    wanted.warmAsOf = clock.monotonicMs()
  }
}

function isSameDocument(a: StagedDocument | undefined, b: StagedDocument | undefined): boolean {
  return a?.etag === b?.etag && a?.dataId === b?.dataId && a?.group === b?.group
}
