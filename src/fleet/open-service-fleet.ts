import { CutoverError } from '../core/errors.ts'
import type { Clock } from '../core/ports/clock.ts'
import type { Commands } from '../core/ports/commands.ts'
import type { ServiceFleet } from '../core/ports/service-fleet.ts'
import type { ServiceSpec } from '../core/system-specs.ts'
import { checkHealth } from './check-health.ts'
import { restartInstance } from './restart-instance.ts'
import { sendRequest } from './send-request.ts'

const requestWithinMs = 5000

/** Opens a service as the playbook describes it. Contacts nothing yet. */
export function openServiceFleet(
  name: string,
  spec: ServiceSpec,
  commands: Commands,
  clock: Clock,
): ServiceFleet {
  const ports = { commands, clock }
  return {
    name,
    spec,
    async restart(instance, signal) {
      const found = spec.instances.find((one) => one.name === instance)
      if (found === undefined) throw new CutoverError('internal', `${name} has no instance ${instance}`)
      await restartInstance(found, spec, ports, signal)
    },
    health: (signal) =>
      Promise.all(
        spec.instances.map((one) => checkHealth(one, spec, { clock, deadlineMs: requestWithinMs, signal })),
      ),
    request: (request, signal) =>
      sendRequest(spec.url, request, { clock, deadlineMs: requestWithinMs, signal }),
  }
}
