import { CutoverError } from '../core/errors.ts'
import type { Clock } from '../core/ports/clock.ts'
import type { Secrets } from '../core/ports/secrets.ts'
import type { FoundInstance, GateWish, InstanceReport, ServiceFleet } from '../core/ports/service-fleet.ts'
import type { HotSpec, InstanceSpec, ServiceSpec } from '../core/system-specs.ts'
import { askStatus } from './ask-status.ts'
import { checkHealth } from './check-health.ts'
import { findInstances, type FindingPorts } from './find-instances.ts'
import { performAction } from './perform-action.ts'
import { restartInstance } from './restart-instance.ts'
import { sendRequest } from './send-request.ts'

const requestWithinMs = 5000

export interface FleetPorts extends FindingPorts {
  readonly secrets: Secrets
  readonly clock: Clock
}

/** Opens a service as the playbook describes it. Contacts nothing yet. */
export function openServiceFleet(name: string, spec: ServiceSpec, ports: FleetPorts): ServiceFleet {
  const { clock, secrets } = ports
  const find = (instance: string): InstanceSpec => {
    const found = spec.instances.find((one) => one.name === instance)
    if (found === undefined) throw new CutoverError('internal', `${name} has no instance ${instance}`)
    return found
  }
  const ask = async (
    instance: FoundInstance,
    signal: AbortSignal,
    wish?: GateWish,
  ): Promise<InstanceReport> => {
    const { statusPath: path, token } = hotOf(name, spec)
    const question = { service: name, path, token: await secrets.resolve(token, signal), clock }
    return askStatus(instance, wish ? { ...question, wish } : question, signal)
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
    instances: (signal) => findInstances(name, spec, ports, signal),
    status: (instance, signal) => ask(instance, signal),
    statusWhen: (instance, wish, signal) => ask(instance, signal, wish),
  }
}

function hotOf(name: string, { hot }: ServiceSpec): HotSpec {
  if (hot) return hot
  throw new CutoverError('internal', `${name} cannot be asked for its status: it has no hot`)
}
