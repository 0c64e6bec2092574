import type { Clock } from '../../core/ports/clock.ts'
import { ConnectionAcquireTimeoutError } from './acquire-error.ts'
import type { SessionHolder } from './session.ts'

interface Waiting {
  readonly holder: SessionHolder
  readonly cancel: () => void
}

/** Who waits for a connection to become free: first come, first served, none longer than allowed. */
export class WaitingList {
  readonly #waiting: Waiting[] = []
  readonly #timeoutMs: number
  readonly #clock: Clock

  /** @param timeoutMs 0: without end. */
  constructor(timeoutMs: number, clock: Clock) {
    this.#timeoutMs = timeoutMs
    this.#clock = clock
  }

  get length(): number {
    return this.#waiting.length
  }

  add(holder: SessionHolder): void {
    if (this.#timeoutMs === 0) {
      this.#waiting.push({ holder, cancel: () => undefined })
      return
    }
    const cancel = this.#clock.after(this.#timeoutMs, () => {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      holder.onNoSession(new ConnectionAcquireTimeoutError(this.#timeoutMs))
    })
    const waiting: Waiting = { holder, cancel }
    this.#waiting.push(waiting)
  }

  /** The first that still wants one. */
  shift(): SessionHolder | undefined {
    for (let first = this.#waiting.shift(); first !== undefined; first = this.#waiting.shift()) {
      first.cancel()
      if (first.holder.wantsSession) return first.holder
    }
    return undefined
  }

  drain(): readonly SessionHolder[] {
    const all = this.#waiting.splice(0)
    for (const { cancel } of all) cancel()
    return all.map(({ holder }) => holder)
  }
}
