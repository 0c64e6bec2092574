import { systemClock } from '../../core/system-clock.ts'
import { isGateError } from '../gate/gate-error.ts'
import { guarded } from '../guarded.ts'
import { mayBegin, waitAt } from '../write-pause.ts'
import type { RawAnswer } from './answer-headers.ts'
import { createAnswerWriter } from './answer-writer.ts'
import type { BeforeHandlerOptions, PauseEvent } from './before-handler-options.ts'
import { rehearsedBy } from './rehearsal.ts'
import type { RequestView } from './request-view.ts'
import { isSafe } from './request-view.ts'
import { matcherOf } from './route-list.ts'
import type { AnswerCode } from './upgrade-answer.ts'

/** What becomes of a request: `pass` to its handler, an answer instead of it, or nothing because nobody is there. */
export type Passage = 'pass' | 'gone' | RawAnswer

/** Fires when the client has left before it was answered. Disposed of when the wait is over. */
export interface ClientWatch extends Disposable {
  readonly signal: AbortSignal
}

/** Stands before the handlers of a service. */
export interface HandlerDoor {
  /** Nothing keeps any request from its handler: the way of a service without a cutover. */
  isOpen(): boolean
  /**
   * Only when it is not open.
   * @param gone watches, from then on, whether the client leaves.
   * @throws what the gate throws and is not its rejection.
   */
  judge(request: RequestView, gone: () => ClientWatch): Promise<Passage>
}

// Besides its body, which may still be on its way: a request waits with its headers and what the framework made of them.
const bytesOfRequest = 4096
const mostBodyBytes = 1 << 20

type Kept = Omit<PauseEvent, 'shadow' | 'request'>

/** @throws TypeError for a route or a rehearsal token that cannot be. */
export function createHandlerDoor(options: BeforeHandlerOptions): HandlerDoor {
  const { notices, gate, clock = systemClock } = options
  const shadow = options.mode === 'shadow'
  const writes = matcherOf(options.writers ?? [])
  const exempt = matcherOf(options.exempt ?? [])
  const rehearsed = options.rehearsal === undefined ? undefined : rehearsedBy(options.rehearsal)
  const writer = createAnswerWriter(options)

  return { isOpen, judge }

  function isOpen(): boolean {
    return (
      rehearsed === undefined &&
      (gate === undefined || gate.state === 'open') &&
      notices.window() === undefined
    )
  }

  async function judge(request: RequestView, gone: () => ClientWatch): Promise<Passage> {
    const show = rehearsed?.(request)
    if (show !== undefined) return tell(request, answerOf(show, 'rehearsed', request))
    if (exempt(request) || (isSafe(request.method) && !writes(request))) return 'pass'
    const may = mayBegin(options, notices.window(), clock)
    if (may === 'yes') return 'pass'
    if (may === 'no') return tell(request, answerOf('system-upgrading', 'refused', request))
    return tell(request, await held(request, gone))
  }

  async function held(request: RequestView, gone: () => ClientWatch): Promise<Kept> {
    if (gate === undefined || shadow) return { outcome: 'released', waitedMs: 0, answer: undefined }
    const began = clock.monotonicMs()
    using client = gone()
    try {
      const key = guarded(() => options.keyOf?.(request))
      await waitAt(gate, { bytes: bytesOf(request), key, signal: client.signal })
      return { outcome: 'released', waitedMs: clock.monotonicMs() - began, answer: undefined }
    } catch (error) {
      if (!isGateError(error)) throw error
      const waitedMs = clock.monotonicMs() - began
      if (error.reason === 'abandoned') return { outcome: 'abandoned', waitedMs, answer: undefined }
      return { ...answerOf('system-upgrading', 'refused', request), waitedMs }
    }
  }

  function answerOf(code: AnswerCode, outcome: PauseEvent['outcome'], request: RequestView): Kept {
    return { outcome, waitedMs: 0, answer: writer.compose(code, notices.window(), request) }
  }

  function tell(request: RequestView, kept: Kept): Passage {
    guarded(() => options.onPause?.({ ...kept, shadow, request }))
    if (kept.outcome === 'abandoned') return 'gone'
    if (kept.answer === undefined || (shadow && kept.outcome !== 'rehearsed')) return 'pass'
    if (kept.outcome === 'refused') guarded(() => options.countError?.('mapped'))
    return writer.write(kept.answer, request)
  }
}

function bytesOf(request: RequestView): number {
  const length = Number(request.header('content-length'))
  return bytesOfRequest + (length > 0 ? Math.min(length, mostBodyBytes) : 0)
}
