import { z } from 'zod'
import { syncRef } from '../core/refs.ts'
import { defineStep } from '../core/step.ts'
import { isStill, untilSyncRuns, type SyncState } from './sync-state.ts'

const schema = z.strictObject({ sync: syncRef('Sync task to stop.') })
type Want = z.infer<typeof schema>
type Seen = { readonly state: SyncState }

/** Stops the sync, so that nothing but the service writes to the target. */
export const stopSync = defineStep<Want, Seen>({
  kind: 'stop-sync',
  summary: 'Stops a sync task.',
  schema,

  async observe(context, want) {
    const { state } = await context.ports.sync(want.sync).status(context.signal)
    return { state }
  },

  async plan(context, want) {
    const { state } = await context.ports.sync(want.sync).status(context.signal)
    if (isStill(state)) return []
    return [{ subject: `sync ${want.sync}`, from: state, to: 'stopped', fidelity: 'exact' }]
  },

  async run(context, want) {
    const sync = context.ports.sync(want.sync)
    if (!isStill((await sync.status(context.signal)).state)) await sync.stop(context.signal)
  },

  async verify(context, want) {
    const { state } = await context.ports.sync(want.sync).status(context.signal)
    if (isStill(state)) return { holds: true, evidence: `sync ${want.sync} is ${state}` }
    return { holds: false, reason: `sync ${want.sync} is ${state}` }
  },

  async undo(context, want, seen) {
    if (isStill(seen.state)) return
    const sync = context.ports.sync(want.sync)
    if ((await sync.status(context.signal)).state !== 'running') await sync.start(context.signal)
    // One that had failed before fails again, as it was.
    if (seen.state === 'running') await untilSyncRuns(context, want.sync)
  },

  async verifyUndone(context, want, seen) {
    const { state, error } = await context.ports.sync(want.sync).status(context.signal)
    if (isStill(seen.state)) return { holds: true, evidence: `sync ${want.sync} was ${seen.state} before` }
    if (seen.state === 'failed' && !isStill(state))
      return { holds: true, evidence: `sync ${want.sync} had failed before and was started again` }
    if (state === 'running') return { holds: true, evidence: `sync ${want.sync} is running again` }
    return { holds: false, reason: `sync ${want.sync} is ${state}${error ? `: ${error}` : ''}` }
  },
})
