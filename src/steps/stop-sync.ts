import { z } from 'zod'
import { CutoverError } from '../core/errors.ts'
import { syncRef } from '../core/refs.ts'
import { defineStep, type StepContext } from '../core/step.ts'

const schema = z.strictObject({ sync: syncRef('Sync task to stop.') })
type Want = z.infer<typeof schema>
type Seen = { readonly state: 'running' | 'stopped' | 'failed' | 'missing' }

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
    if (seen.state !== 'running') return
    const sync = context.ports.sync(want.sync)
    if ((await sync.status(context.signal)).state !== 'running') await sync.start(context.signal)
    await untilRunning(context, want)
  },

  async verifyUndone(context, want, seen) {
    const { state, error } = await context.ports.sync(want.sync).status(context.signal)
    if (seen.state !== 'running')
      return { holds: true, evidence: `sync ${want.sync} was ${seen.state} before` }
    if (state === 'running') return { holds: true, evidence: `sync ${want.sync} is running again` }
    return { holds: false, reason: `sync ${want.sync} is ${state}${error ? `: ${error}` : ''}` }
  },
})

function isStill(state: Seen['state']): boolean {
  return state === 'stopped' || state === 'missing'
}

/** A task that was just started connects first; that takes a moment. */
async function untilRunning(context: StepContext, want: Want): Promise<void> {
  const sync = context.ports.sync(want.sync)
  for (;;) {
    const { state, error } = await sync.status(context.signal)
    if (state === 'running') return
    if (state === 'failed') {
      throw new CutoverError(
        'system.refused',
        `sync ${want.sync} does not start again: ${error ?? 'no reason given'}`,
        {
          where: want.sync,
          hint: 'Repair the sync task, then undo again.',
        },
      )
    }
    await context.ports.clock.sleep(200, context.signal)
  }
}
