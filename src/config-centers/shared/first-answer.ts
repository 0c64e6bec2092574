import type { Clock } from '../../core/ports/clock.ts'
import { linkSignals } from './link-signals.ts'

/** How several are asked. */
export interface Asking<T> {
  readonly attempts: readonly ((signal: AbortSignal) => Promise<T>)[]
  /** False: it failed, and another may do better. */
  readonly isAnswer: (reply: T) => boolean
  /** How long one may be silent before the next is asked, too. Infinity: until it fails. */
  readonly patienceMs: number
  readonly clock: Clock
}

/**
 * Asks one after the other: the next as soon as the one before failed, or has kept silent for a while. The first answer
 * counts, and the others are called off, so one that hangs costs its patience and not the whole deadline.
 * @returns the answer, if there is one, and what came of those that failed before.
 * @throws what an attempt throws, at once, and the signal's reason.
 */
export async function firstAnswer<T>(
  { attempts, isAnswer, patienceMs, clock }: Asking<T>,
  signal: AbortSignal,
): Promise<{ readonly answer: T | undefined; readonly failures: readonly T[] }> {
  const calledOff = new AbortController()
  const both = linkSignals(signal, calledOff.signal)
  const waiting = attempts.map((ask, index) => async () => ({ index, reply: await ask(both.signal) }))
  const running = new Map<number, Promise<{ readonly index: number; readonly reply: T }>>()
  const failures: T[] = []
  try {
    for (let next = 0; next < attempts.length || running.size > 0;) {
      const ask = waiting[next]
      if (ask) running.set(next, quietly(ask()))
      if (ask) next += 1
      const first = await orSilence(
        Promise.race(running.values()),
        next < attempts.length ? patienceMs : Infinity,
        clock,
      )
      if (first === 'silence') continue
      if (isAnswer(first.reply)) return { answer: first.reply, failures }
      running.delete(first.index)
      failures.push(first.reply)
    }
    return { answer: undefined, failures }
  } finally {
    calledOff.abort()
    both.unlink()
  }
}

/** When another was quicker nobody waits for this one any more, and its failure must not end the process. */
function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}

async function orSilence<T>(promise: Promise<T>, patienceMs: number, clock: Clock): Promise<T | 'silence'> {
  if (patienceMs === Infinity) return promise
  let stop = (): void => undefined
  const silence = new Promise<'silence'>((resolve) => {
    stop = clock.after(patienceMs, () => resolve('silence'))
  })
  try {
    return await Promise.race([promise, silence])
  } finally {
    stop()
  }
}
