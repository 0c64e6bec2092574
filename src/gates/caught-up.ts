import { z } from 'zod'
import { defineGate, type GateReading } from '../core/gate.ts'
import type { Position } from '../core/ports/database-server.ts'
import type { SyncTask } from '../core/ports/sync-task.ts'
import { syncRef } from '../core/refs.ts'
import type { StepContext } from '../core/step.ts'
import { readSafely } from './safe-reading.ts'

const schema = z.strictObject({ sync: syncRef('Sync task that must have carried everything over.') })
type Want = z.infer<typeof schema>

/** The server waits this long for the position by itself, so that the answer comes without polling delay. */
const serverWaitMs = 200

/**
 * The target has applied everything the source had when the gate was opened. Behind a fence that is everything there
 * will ever be. Decided by log position; seconds behind are never believed.
 */
export const caughtUp = defineGate<Want>({
  kind: 'caught-up',
  summary: 'The target has applied the source up to the position at which this gate was opened.',
  schema,
  proves: 'position',
  defaults: { deadlineMs: 60_000, everyMs: 100, goodReadings: 1 },
  describe: (want) => `${want.sync} runs, and the target has applied the source's position`,

  open(context, want) {
    const sync = context.ports.sync(want.sync)
    let position: Position | undefined
    return Promise.resolve({
      read: (signal) =>
        readSafely(signal, async () => {
          position ??= await context.ports.database(sync.from).position(signal)
          // Side by side, because users may be waiting.
          const [broken, compared] = await Promise.all([
            brokenReading(sync, signal),
            compare(context, sync, position, signal),
          ])
          return broken ?? compared
        }),
    })
  },
})

async function brokenReading(sync: SyncTask, signal: AbortSignal): Promise<GateReading | undefined> {
  const { state, error } = await sync.status(signal)
  if (state === 'running') return undefined
  const reason = `sync ${sync.name} is ${state}${error === undefined ? '' : `: ${error}`}`
  const hint = `Look at the sync from ${sync.from} to ${sync.to}, mend it, then start again.`
  const final = state === 'missing' || (state === 'failed' && error !== undefined)
  return { state: 'closed', reason, hint, ...(final ? { final } : {}) }
}

async function compare(
  context: StepContext,
  sync: SyncTask,
  position: Position,
  signal: AbortSignal,
): Promise<GateReading> {
  const startedAt = context.ports.clock.monotonicMs()
  const applied = await sync.applied(position, serverWaitMs, signal)
  const measured = `position ${position.gtid}, asked for ${Math.round(context.ports.clock.monotonicMs() - startedAt)} ms`
  if (applied.state === 'applied') return { state: 'open', measured: `${applied.evidence}; ${measured}` }
  if (applied.state === 'behind') return { state: 'closed', reason: applied.reason, measured }
  return { state: 'unknown', reason: applied.reason }
}
