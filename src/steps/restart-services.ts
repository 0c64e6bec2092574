import { z } from 'zod'
import { serviceRef } from '../core/refs.ts'
import { defineStep } from '../core/step.ts'
import { finishedHere, rememberFinished } from './finished-here.ts'
import { restartUntilFirstFailure, unhealthyInstances } from './restart-each.ts'

const schema = z.strictObject({
  services: z
    .array(serviceRef('Service to restart.'))
    .min(1)
    .meta({ description: 'Services whose instances are restarted, one instance after the other.' }),
})
type Want = z.infer<typeof schema>
type Seen = { readonly services: readonly string[] }

/**
 * Restarts instances one after the other, so that reads go on. It stops at the first instance that does not come up.
 *
 * A restart leaves nothing to restore: what it made instances read is restored, with another restart, by the undo of
 * `switch-config`.
 */
export const restartServices = defineStep<Want, Seen>({
  kind: 'restart-services',
  summary: 'Restarts the instances of services one after the other; requests in flight finish.',
  schema,
  needs: (want) => want.services.map((service) => ({ service, part: 'restart' })),
  defaultDeadlineMs: 300_000,
  // It proves nothing, the gates behind it do: an instance that was not restarted meets the fence. And one that will never
  // come up again must not keep the others waiting.
  skippable: true,

  observe(_context, want) {
    return Promise.resolve({ services: want.services })
  },

  plan(context, want) {
    return Promise.resolve(
      want.services.map((service) => ({
        subject: `instances ${instanceNames(context.ports.service(service).spec.instances)} of ${service}`,
        from: 'running',
        to: 'restarted one after the other',
        fidelity: 'exact' as const,
      })),
    )
  },

  async run(context, want) {
    for (const service of want.services) await restartUntilFirstFailure(context, service)
    rememberFinished(context, 'run')
  },

  async verify(context, want) {
    // Healthy instances alone prove nothing: they were healthy before the restart, too.
    if (!finishedHere(context, 'run')) {
      return { holds: false, reason: 'nobody saw every instance restart', hint: 'The restart is repeated.' }
    }
    const unhealthy: string[] = []
    for (const service of want.services) unhealthy.push(...(await unhealthyInstances(context, service)))
    if (unhealthy.length > 0) return { holds: false, reason: unhealthy.join('; ') }
    return { holds: true, evidence: `every instance of ${want.services.join(', ')} restarted and healthy` }
  },

  undo(context) {
    context.say('a restart needs no undo; restoring the configuration restarts the instances again')
    return Promise.resolve()
  },

  verifyUndone() {
    return Promise.resolve({
      holds: true,
      evidence: 'nothing to restore; the configuration brings its own restart',
    })
  },
})

function instanceNames(instances: readonly { readonly name: string }[]): string {
  return instances.map(({ name }) => name).join(', ')
}
