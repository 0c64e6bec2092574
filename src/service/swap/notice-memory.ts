import type { StagedDocument } from '../../core/notice.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { WordOfRun } from './decide.ts'
import type { Word } from './heard-word.ts'
import { addresses, hear } from './heard-word.ts'
import type { Hold } from './hold.ts'
import { holdOf } from './hold.ts'

/** What one process has read of notices, and when. */
export class NoticeMemory {
  readonly #service: string
  readonly #clock: Clock
  #word: Word | undefined
  #asOf = -Infinity
  /** By the wall clock: when the last reading for its own sake began, as opposed to being told of a change. */
  #readAfreshAt = -Infinity

  constructor(service: string, clock: Clock) {
    this.#service = service
    this.#clock = clock
  }

  get word(): Word | undefined {
    return this.#word
  }

  /** Monotonic: when the config center last said something that counts. */
  get asOf(): number {
    return this.#asOf
  }

  /** By the wall clock: when the newest notice expires, or has. */
  get untilMs(): number | undefined {
    return this.#word === undefined ? undefined : Date.parse(this.#word.notice.until)
  }

  /** See `SwapMachine.heard`. */
  heard(text: string | null, asOf: number, afresh: boolean): void {
    const nowMs = this.#now()
    const { word, counts } = hear(this.#word, text, this.#service, nowMs)
    this.#word = word
    if (!counts) return
    this.#asOf = asOf
    if (afresh) this.#readAfreshAt = nowMs - (this.#clock.monotonicMs() - asOf)
  }

  /** What it says of the run that closed the gate. */
  ofRun(runId: string): WordOfRun {
    const word = this.#word
    if (word === undefined || word.gone || word.notice.runId !== runId) return 'withdrawn'
    const { phase, until } = word.notice
    if (phase === 'done') return 'done'
    if (!this.#isMine(word)) return 'withdrawn'
    if (phase === 'armed' || phase === 'undone') return 'called-off'
    const untilMs = Date.parse(until)
    if (this.#now() < untilMs) return 'holding'
    return this.#readAfreshAt >= untilMs ? 'expired' : 'silent'
  }

  /** The order that stands, whether or not its expiry has passed: that is for evidence to settle. */
  order(): Hold | undefined {
    const word = this.#word
    return word !== undefined && !word.gone && this.#isMine(word)
      ? holdOf(word.notice, this.#service)
      : undefined
  }

  /** The run that may still switch this process, whatever it is at. */
  liveRun(): string | undefined {
    const word = this.#word
    if (word === undefined || word.gone || word.notice.phase === 'undone' || !this.#isMine(word))
      return undefined
    return this.#now() < Date.parse(word.notice.until) ? word.notice.runId : undefined
  }

  /** What the run has staged for this service. */
  stagedBy(runId: string | undefined): StagedDocument | undefined {
    const notice = this.#word?.notice
    return notice !== undefined && notice.runId === runId ? notice.staged?.[this.#service] : undefined
  }

  #isMine({ notice }: Word): boolean {
    return addresses(notice, this.#service)
  }

  #now(): number {
    return this.#clock.now().getTime()
  }
}
