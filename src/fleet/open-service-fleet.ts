import { CutoverError } from '../core/errors.ts'
import type { Clock } from '../core/ports/clock.ts'
import type { Commands } from '../core/ports/commands.ts'
import type { ServiceFleet } from '../core/ports/service-fleet.ts'
import type { InstanceSpec, ServiceSpec } from '../core/system-specs.ts'
import { checkHealth } from './check-health.ts'
import { performAction } from './perform-action.ts'
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
  const find = (instance: string): InstanceSpec => {
    const found = spec.instances.find((one) => one.name === instance)
    if (found === undefined) throw new CutoverError('internal', `${name} has no instance ${instance}`)
    return found
  }
  return {
    name,
    spec,
    async restart(instance, signal) {
      await restartInstance(find(instance), spec, ports, signal)
    },
    async putBack(instance, signal) {
      const { putBack } = find(instance)
      if (putBack !== undefined) await performAction(putBack, ports, signal)
    },
    health: (signal) =>
      Promise.all(
        spec.instances.map((one) => checkHealth(one, spec, { clock, deadlineMs: requestWithinMs, signal })),
      ),
    request: (request, signal) =>
      sendRequest(spec.url, request, { clock, deadlineMs: requestWithinMs, signal }),
  }
}
