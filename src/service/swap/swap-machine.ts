import type { StagedDocument } from '../../core/notice.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { Decision, ReleaseSeen, WordOfRun } from './decide.ts'
import { decide, targetPatienceMs } from './decide.ts'
import type { Word } from './heard-word.ts'
import type { Hold } from './hold.ts'
import { holdAtOnce } from './hold.ts'
import { NoticeMemory } from './notice-memory.ts'
import type { ReleaseQuestion, ReleaseRow, SwapHands } from './swap-hands.ts'

interface Held {
  readonly hold: Hold
  /** Monotonic. */
  readonly closedAtMs: number
  /** Why the gate refuses; '' while it does not. */
  refusal: string
  /** The run has said once that it is done; that its notice is removed later takes nothing back. */
  done: boolean
  /** Monotonic: when it was first heard that the run was called off; undefined: it is not. */
  calledOffAt: number | undefined
}

// The wall clock is set by others, so the moment of closing is looked at again and again.
const recomputeMs = 200
const toleranceMs = 2

/**
 * Follows the notice and the release of one process, and decides when its gate moves. Waits for nothing and asks
 * nobody itself: it is told what was read, and it is looked at when time may have changed something.
 */
export class SwapMachine {
  readonly #clock: Clock
  readonly #hands: SwapHands
  readonly #notices: NoticeMemory
  #held: Held | undefined
  #release: ReleaseSeen = 'unknown'
  #releaseAsOf = -Infinity
  /** The order that was taken back or that ran out; it closes nothing any more. */
  #spent = ''
  readonly #released = new Set<string>()
  /** The order that is expected, and when, by the monotonic clock. */
  #expected: { readonly hold: Hold; readonly atMs: number } | undefined

  constructor(service: string, clock: Clock, hands: SwapHands) {
    this.#clock = clock
    this.#hands = hands
    this.#notices = new NoticeMemory(service, clock)
  }

  get word(): Word | undefined {
    return this.#notices.word
  }

  /** The hold that keeps the gate from being open, or is expected to close it. */
  get hold(): Hold | undefined {
    return this.#held?.hold ?? this.#expected?.hold
  }

  /** Where the next datasource stands; undefined: none is wanted. */
  get staged(): StagedDocument | undefined {
    const hold = this.#held?.hold
    return this.#notices.stagedBy(hold?.runId ?? this.#liveRun()) ?? hold?.staged
  }

  /** What the target has to be asked; undefined: nothing. */
  get question(): ReleaseQuestion | undefined {
    const runId = this.#held?.hold.runId ?? this.#liveRun()
    return runId === undefined ? undefined : { runId, closedAtMs: this.#held?.closedAtMs }
  }

  /** True: only the config center, read anew, can say how it goes on. */
  get needsReading(): boolean {
    return this.#held !== undefined && (this.#held.refusal !== '' || this.#wordOf(this.#held) !== 'holding')
  }

  /** Milliseconds until time alone may change something; undefined: never. */
  get dueInMs(): number | undefined {
    const now = this.#now()
    const moments = [this.#expected?.hold.atMs, this.#held?.hold.limitEndsMs, this.#notices.untilMs]
    const ahead = moments.flatMap((moment) => (moment !== undefined && moment > now ? [moment - now] : []))
    if (this.#expected !== undefined) ahead.push(recomputeMs)
    const calledOffAt = this.#held?.calledOffAt
    if (calledOffAt !== undefined) ahead.push(calledOffAt + targetPatienceMs - this.#clock.monotonicMs())
    const next = ahead.filter((ms) => ms > 0)
    return next.length === 0 ? undefined : Math.min(...next)
  }

  /**
   * The notice document was read.
   * @param text null: there is none.
   * @param asOf monotonic: when the reading began, or when a change was told.
   * @param afresh it was read for its own sake, not told as a change.
   */
  heard(text: string | null, asOf: number, afresh: boolean): void {
    // What has become due counts before what is heard: a gate that has closed is not opened by word alone.
    this.check()
    this.#notices.heard(text, asOf, afresh)
    if (this.#held !== undefined) this.#note(this.#held)
    this.check()
  }

  /**
   * The target answered.
   * @param asOf monotonic: when the question was sent.
   */
  answered(runId: string, row: ReleaseRow | null, asOf: number): void {
    const { staged, word } = this
    if (runId !== this.question?.runId || word === undefined || staged === undefined) return
    const seen = seenIn(row, this.#held?.hold.epoch ?? word.notice.epoch)
    if (this.#held === undefined) {
      if (seen !== 'seen') return
      this.#close(holdAtOnce(word.notice, staged, this.#now()))
    }
    this.#release = seen
    this.#releaseAsOf = asOf
    this.check()
  }

  #note(held: Held): void {
    const word = this.#wordOf(held)
    if (word === 'done') held.done = true
    if (word !== 'called-off') held.calledOffAt = undefined
    else held.calledOffAt ??= this.#clock.monotonicMs()
  }

  /** Does what has become due. */
  check(): void {
    if (this.#held === undefined) this.#follow(this.#orderToFollow())
    while (this.#held !== undefined && this.#act(this.#held) !== 'stay');
  }

  #follow(order: Hold | undefined): void {
    const expected = this.#expected
    if (expected !== undefined && (this.#isDue(expected.hold) || !this.#hands.isOpen())) {
      return this.#close(expected.hold)
    }
    if (order === undefined) {
      this.#expected = undefined
      if (expected !== undefined) this.#hands.forget()
      return
    }
    if (this.#isDue(order)) return this.#close(order)
    const inMs = order.atMs - this.#now()
    const atMs = this.#clock.monotonicMs() + inMs
    // The wall clock may have been set in the meantime.
    if (expected?.hold.key === order.key && Math.abs(expected.atMs - atMs) < toleranceMs) return
    this.#expected = { hold: order, atMs }
    this.#hands.expect(order, inMs)
  }

  #close(hold: Hold): void {
    this.#expected = undefined
    this.#held = {
      hold,
      closedAtMs: this.#clock.monotonicMs(),
      refusal: '',
      done: false,
      calledOffAt: undefined,
    }
    this.#release = 'unknown'
    this.#hands.close(hold, Math.max(0, hold.limitEndsMs - this.#now()))
  }

  #act(held: Held): Decision {
    const word = this.#wordOf(held)
    const decision = decide({
      nowMs: this.#clock.monotonicMs(),
      refusing: held.refusal !== '',
      limitReached: this.#now() >= held.hold.limitEndsMs,
      word,
      wordAsOf: this.#notices.asOf,
      calledOffAt: held.calledOffAt,
      release: this.#release,
      releaseAsOf: this.#releaseAsOf,
    })
    if (decision === 'refuse' || (decision === 'stay' && held.refusal !== '')) {
      this.#refuse(held, refusals[word])
    } else if (decision !== 'stay') {
      this.#held = undefined
      this.#spent = held.hold.key
      if (decision === 'to-target') this.#released.add(held.hold.runId)
      this.#hands[decision === 'to-target' ? 'toTarget' : 'toSource'](held.hold)
    }
    return decision
  }

  /** Also tells what is waited for now, when that has changed. */
  #refuse(held: Held, reason: string): void {
    if (held.refusal === reason) return
    held.refusal = reason
    this.#hands.refuse(reason)
  }

  #orderToFollow(): Hold | undefined {
    const order = this.#notices.order()
    if (order === undefined || order.key === this.#spent || this.#released.has(order.runId)) return undefined
    return order
  }

  #wordOf(held: Held): WordOfRun {
    return held.done ? 'done' : this.#notices.ofRun(held.hold.runId)
  }

  #liveRun(): string | undefined {
    const runId = this.#notices.liveRun()
    return runId !== undefined && this.#released.has(runId) ? undefined : runId
  }

  #isDue(hold: Hold): boolean {
    return this.#now() >= hold.atMs
  }

  #now(): number {
    return this.#clock.now().getTime()
  }
}

/** A row of a holder of the run's lock that was replaced is no release, but nobody may say that there is none. */
function seenIn(row: ReleaseRow | null, epoch: number): ReleaseSeen {
  if (row === null) return 'absent'
  return row.epoch >= epoch ? 'seen' : 'unclear'
}

/** What is waited for. */
const refusals: Readonly<Record<WordOfRun, string>> = {
  holding: 'The writes were held as long as they may be, and the target has not released them.',
  done: 'The run is done, but the target does not show that it has released the writes.',
  'called-off': 'The run was called off; the target has not said yet that it did not release the writes.',
  withdrawn: 'The word of the run is gone; the target has not said yet that it did not release the writes.',
  expired: 'The run is over; the target has not said yet whether it has released the writes.',
  silent: 'The notice of the run has expired, and the config center has not been read since.',
}
