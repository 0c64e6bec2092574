import type { Agent } from 'node:http'

/** One instance behind the balancer. */
export interface Backend {
  readonly name: string
  readonly url: URL
  readonly agent: Agent
  /** Its last health check was good, or it has not failed twice in a row yet. */
  healthy: boolean
  /** Taken out: gets no new request. */
  drained: boolean
  /** Requests it has not answered completely. */
  inFlight: number
  /** Called each time a request ends. */
  readonly idleWaiters: Set<() => void>
}

/** Resolves when no request is at the backend; rejects with the signal's reason. */
export function untilIdle(backend: Backend, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      backend.idleWaiters.delete(look)
      signal.removeEventListener('abort', giveUp)
    }
    const look = (): void => {
      if (backend.inFlight > 0) return
      settle()
      resolve()
    }
    const giveUp = (): void => {
      settle()
      reject(signal.reason)
    }
    if (signal.aborted) return giveUp()
    backend.idleWaiters.add(look)
    signal.addEventListener('abort', giveUp, { once: true })
    look()
  })
}

/** Counts a request in; the returned function counts it out, once. */
export function enter(backend: Backend): () => void {
  backend.inFlight += 1
  let left = false
  return () => {
    if (left) return
    left = true
    backend.inFlight -= 1
    // A waiter that is done takes itself out, which a Set allows while it is walked.
    for (const look of backend.idleWaiters) look()
  }
}
