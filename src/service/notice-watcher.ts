import { orAborted } from '../core/deadline.ts'
import type { Clock } from '../core/ports/clock.ts'
import { systemClock } from '../core/system-clock.ts'
import type { NoticeState } from './notice-state.ts'
import { createNoticeState } from './notice-state.ts'

export type { UpgradeWindow } from './notice-state.ts'

/** Knows at any moment what the notice document says to one service. */
export interface NoticeWatcher extends AsyncDisposable, Pick<NoticeState, 'window' | 'notice'> {
  /**
   * Resolves when the document was read for the first time (also when there is none), or when its source has failed
   * for good. Await it before serving: a service that starts inside a window must know that. Rejects with the
   * signal's reason.
   */
  ready(signal: AbortSignal): Promise<void>
}

export interface FollowOptions {
  /** The name under which notices address this service. */
  readonly service: string
  /** How long after a window late errors still count, milliseconds. Default 30 000. */
  readonly graceMs?: number
  readonly clock?: Clock
  /** Told when no more documents will come; the last notice stays until it expires. */
  readonly onError?: (error: unknown) => void
}

/**
 * Follows the text of the notice document: now, then each later version, null when it was removed. When no more
 * documents come, the last notice stays valid until its own expiry, and never longer.
 */
export function followNotices(
  documents: (signal: AbortSignal) => AsyncIterable<string | null>,
  options: FollowOptions,
): NoticeWatcher {
  const stop = new AbortController()
  const state = createNoticeState(options.service, options.graceMs ?? 30_000, options.clock ?? systemClock)
  let opened = (): void => undefined
  const first = new Promise<void>((resolve) => {
    opened = resolve
  })
  const following = follow()
  return {
    window: () => state.window(),
    notice: () => state.notice(),
    ready: (signal) => orAborted(first, signal),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await following
    },
  }

  async function follow(): Promise<void> {
    try {
      for await (const text of documents(stop.signal)) {
        state.take(text)
        opened()
      }
    } catch (error) {
      if (!stop.signal.aborted) options.onError?.(error)
    } finally {
      opened()
    }
  }
}
