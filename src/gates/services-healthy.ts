import { z } from 'zod'
import { defineGate } from '../core/gate.ts'
import { serviceRef } from '../core/refs.ts'
import { readSafely } from './safe-reading.ts'

const schema = z.strictObject({
  services: z
    .array(serviceRef('Service to look at.'))
    .min(1)
    .meta({ description: 'Services whose every instance must be healthy.' }),
})
type Want = z.infer<typeof schema>

/** Every single instance answers its health check, not only the ones the balancer shows. */
export const servicesHealthy = defineGate<Want>({
  kind: 'services-healthy',
  summary: 'Every instance of the services is healthy.',
  schema,
  // About the services, not about the data: an ill instance writes nothing, or meets the fence like any other.
  skippable: true,
  defaults: { deadlineMs: 60_000, everyMs: 500, goodReadings: 1 },
  describe: (want) => `every instance of ${want.services.join(', ')} is healthy`,

  open(context, want) {
    return Promise.resolve({
      read: (signal) =>
        readSafely(signal, async () => {
          const all = await Promise.all(
            want.services.map((name) => context.ports.service(name).health(signal)),
          )
          const ill = all.flat().filter((one) => !one.healthy)
          if (ill.length === 0) return { state: 'open', measured: `${all.flat().length} instances healthy` }
          return {
            state: 'closed',
            reason: `not healthy: ${ill.map((one) => `${one.instance} (${one.detail})`).join(', ')}`,
            measured: `${all.flat().length - ill.length} of ${all.flat().length} healthy`,
            hint: 'Look at the log of the instance named here.',
          }
        }),
    })
  },
})
