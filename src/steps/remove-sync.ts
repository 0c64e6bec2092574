import { z } from 'zod'
import { syncRef } from '../core/refs.ts'
import { defineStep, type StepContext } from '../core/step.ts'

const schema = z.strictObject({ sync: syncRef('Sync task to remove.') })
type Want = z.infer<typeof schema>
type Seen = { readonly state: 'running' | 'stopped' | 'failed' | 'missing' }

/**
 * Removes the sync for good once the target takes writes. A sync that is only stopped may start again by itself, as
 * replication does when the target is restarted: it would then carry a `DROP TABLE`, meant for the abandoned tables of
 * the source, to the target.
 */
export const removeSync = defineStep<Want, Seen>({
  kind: 'remove-sync',
  summary: 'Removes a sync task, so that nothing from the source reaches the target any more.',
  schema,
  irreversible: 'the sync has to be set up anew by hand',

  async observe(context, want) {
    return { state: await stateOf(context, want) }
  },

  async plan(context, want) {
    const state = await stateOf(context, want)
    if (state === 'missing') return []
    return [{ subject: `sync ${want.sync}`, from: state, to: 'removed', fidelity: 'exact' }]
  },

  run(context, want) {
    return context.ports.sync(want.sync).remove(context.signal)
  },

  async verify(context, want) {
    const state = await stateOf(context, want)
    if (state === 'missing') return { holds: true, evidence: `sync ${want.sync} is gone` }
    return { holds: false, reason: `sync ${want.sync} is ${state}` }
  },
})

async function stateOf(context: StepContext, want: Want): Promise<Seen['state']> {
  return (await context.ports.sync(want.sync).status(context.signal)).state
}
