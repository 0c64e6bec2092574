import type { Clock } from '../../core/ports/clock.ts'
import type { Log } from '../../core/ports/log.ts'
import type { WriteGate } from '../gate/write-gate.ts'
import type { Swappable } from '../pool/generation.ts'
import { drainGate } from './drain-gate.ts'
import type { Hold } from './hold.ts'
import type { NextDatasource } from './next-datasource.ts'
import type { SwapHands } from './swap-hands.ts'

export interface HandsOptions {
  readonly gate: WriteGate
  readonly facade: Swappable
  readonly clock: Clock
  readonly log: Log
  readonly graceMs: number
  /** Hands over the open next datasource. */
  take(): NextDatasource | undefined
  /** The service uses it from now on. */
  switched?(next: NextDatasource): void
  /** Ends what still waits. */
  readonly signal: AbortSignal
}

// Reads need few sessions while writes wait, and a fence by the account ends each of them.
const readersWhileHolding = 4

/** Moves the gate and the facade of one process. */
export function createHands(options: HandsOptions): SwapHands {
  const { gate, facade, clock, log, graceMs, signal } = options
  /** The gate wants each order numbered higher than the one before, over all runs. */
  let orders = 0
  let opened = new AbortController()
  signal.addEventListener('abort', () => opened.abort(), { once: true })

  function close(hold: Hold, limitMs: number, inMs?: number): void {
    orders += 1
    gate.close({ epoch: orders, limitMs, ...(inMs === undefined ? {} : { inMs }) })
  }

  async function drain(hold: Hold, drained: AbortSignal): Promise<void> {
    await drainGate(gate, hold, clock, drained)
    facade.closeWriters({ readers: readersWhileHolding })
  }

  function open(): void {
    opened.abort()
    opened = new AbortController()
  }

  return {
    isOpen: () => gate.state === 'open',
    expect: (hold, inMs) => close(hold, hold.limitEndsMs - hold.atMs, inMs),
    forget: () => gate.abort(),
    close(hold, limitMs) {
      if (gate.state === 'open') close(hold, limitMs)
      const { signal: whileClosed } = opened
      drain(hold, whileClosed).catch((error: unknown) => {
        if (!whileClosed.aborted) log.error({ reason: String(error) }, 'the gate could not be drained')
      })
    },
    refuse: (reason) => gate.refuse(reason),
    toTarget() {
      open()
      const next = options.take()
      if (next === undefined) return gate.refuse('The next datasource is not open.')
      facade.swapTo(next.generation, { graceMs })
      // In the same turn: nothing is let in between that belongs to neither.
      gate.release()
      options.switched?.(next)
    },
    toSource() {
      open()
      gate.abort()
    },
  }
}
