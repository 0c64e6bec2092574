import { toCutoverError } from '../core/errors.ts'
import type { Clock } from '../core/ports/clock.ts'
import type { InstanceHealth } from '../core/ports/service-fleet.ts'
import type { InstanceSpec, ServiceSpec } from '../core/system-specs.ts'
import { sendRequest } from './send-request.ts'

/** Asks one instance, on a connection of its own: a kept one could still lead to a process that is about to end. */
export async function checkHealth(
  instance: InstanceSpec,
  spec: ServiceSpec,
  options: { readonly clock: Clock; readonly deadlineMs: number; readonly signal: AbortSignal },
): Promise<InstanceHealth> {
  const request = { method: 'GET', path: spec.healthPath, headers: { connection: 'close' } }
  try {
    const { status } = await sendRequest(instance.url, request, options)
    const healthy = status === 200
    return { instance: instance.name, healthy, detail: `${spec.healthPath} answers ${status}` }
  } catch (error) {
    options.signal.throwIfAborted()
    return { instance: instance.name, healthy: false, detail: toCutoverError(error).message }
  }
}
