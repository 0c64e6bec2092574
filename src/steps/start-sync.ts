import { z } from 'zod'
import { CutoverError } from '../core/errors.ts'
import { syncRef } from '../core/refs.ts'
import { defineStep, type StepContext } from '../core/step.ts'
import { isStill, untilSyncRuns, type SyncState } from './sync-state.ts'

const schema = z.strictObject({ sync: syncRef('Sync task to start. It must be set up already.') })
type Want = z.infer<typeof schema>
type Seen = { readonly state: SyncState }

/**
 * Starts a sync task that is set up and stopped, and waits until it is connected. That it has carried everything over is
 * for the gate `caught-up` to show.
 */
export const startSync = defineStep<Want, Seen>({
  kind: 'start-sync',
  summary: 'Starts a sync task that is set up and stopped.',
  schema,

  async observe(context, want) {
    return { state: await stateOfSetUp(context, want) }
  },

  async plan(context, want) {
    const state = await stateOfSetUp(context, want)
    if (state === 'running') return []
    const fidelity = state === 'stopped' ? 'exact' : 'predicted'
    return [{ subject: `sync ${want.sync}`, from: state, to: 'running', fidelity }]
  },

  async run(context, want) {
    if ((await stateOfSetUp(context, want)) !== 'running')
      await context.ports.sync(want.sync).start(context.signal)
    await untilSyncRuns(context, want.sync)
  },

  async verify(context, want) {
    const sync = context.ports.sync(want.sync)
    const { state, error, connecting } = await sync.status(context.signal)
    if (state === 'running' && connecting !== true) {
      return { holds: true, evidence: `sync ${want.sync} runs from ${sync.from} to ${sync.to}` }
    }
    const how = state === 'running' ? `has no connection to ${sync.from} yet` : `is ${state}`
    return { holds: false, reason: `sync ${want.sync} ${how}${error ? `: ${error}` : ''}` }
  },

  async undo(context, want, seen) {
    if (seen.state === 'running') return
    const sync = context.ports.sync(want.sync)
    if (!isStill((await sync.status(context.signal)).state)) await sync.stop(context.signal)
  },

  async verifyUndone(context, want, seen) {
    if (seen.state === 'running') return { holds: true, evidence: `sync ${want.sync} was running before` }
    const { state } = await context.ports.sync(want.sync).status(context.signal)
    if (isStill(state)) return { holds: true, evidence: `sync ${want.sync} is ${state} again` }
    return { holds: false, reason: `sync ${want.sync} is ${state}` }
  },
})

/** @throws CutoverError `system.refused` for a task that was never set up: how to do that is not the kit's to know. */
async function stateOfSetUp(context: StepContext, want: Want): Promise<SyncState> {
  const sync = context.ports.sync(want.sync)
  const { state } = await sync.status(context.signal)
  if (state !== 'missing') return state
  throw new CutoverError('system.refused', `sync ${want.sync} is not set up`, {
    where: want.sync,
    hint: `Set it up from ${sync.from} to ${sync.to} and leave it stopped; see "Moving back" in the README.`,
  })
}
