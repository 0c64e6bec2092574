import { formatMs, startDeadline } from '../core/deadline.ts'
import { CutoverError, isCutoverError, toCutoverError } from '../core/errors.ts'
import type { InstanceSpec, ServiceSpec } from '../core/system-specs.ts'
import { checkHealth } from './check-health.ts'
import type { ActionPorts } from './perform-action.ts'
import { describeAction, performAction } from './perform-action.ts'

const pollEveryMs = 50
const healthWithinMs = 5000
// Of its own, so that an instance that is well is not left out because the step's time ended just then.
const putBackWithinMs = 5000

/**
 * Out of the balancer, restarted, healthy, back in. Where it stops, the error says what is true now: an instance that
 * was not restarted is put back, one that did not come up stays out.
 */
export async function restartInstance(
  instance: InstanceSpec,
  spec: ServiceSpec,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<void> {
  const { restart } = instance
  if (restart === undefined) {
    const hint = 'Add restart: to the instance in the playbook, with a command or a request.'
    throw unhealthy(instance, `nobody said how ${instance.name} is restarted`, undefined, hint)
  }
  await takeOut(instance, ports, signal)
  const startedAt = ports.clock.monotonicMs()
  try {
    await performAction(restart, ports, signal)
  } catch (error) {
    throw staysOut(instance, `${instance.name} could not be restarted`, error)
  }
  const detail = await untilHealthy(instance, spec, ports, signal)
  if (detail !== undefined) {
    const after = formatMs(ports.clock.monotonicMs() - startedAt)
    throw staysOut(
      instance,
      `${instance.name} is not healthy ${after} after its restart (${detail})`,
      signal.reason,
    )
  }
  await putBack(instance, ports)
}

async function takeOut(instance: InstanceSpec, ports: ActionPorts, signal: AbortSignal): Promise<void> {
  if (instance.takeOut === undefined) return
  try {
    await performAction(instance.takeOut, ports, signal)
  } catch (error) {
    const back = await tryPutBack(instance, ports)
    const state =
      back === undefined ? 'it gets requests as before' : `it may be out of the balancer (${back})`
    throw unhealthy(
      instance,
      `${instance.name} could not be taken out of the balancer, so it was not restarted; ${state}`,
      error,
    )
  }
}

/** @returns undefined once it is healthy; what it said last when the signal fires. Every look begins after the restart. */
async function untilHealthy(
  instance: InstanceSpec,
  spec: ServiceSpec,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { clock } = ports
  let detail = 'not asked yet'
  while (!signal.aborted) {
    try {
      const health = await checkHealth(instance, spec, { clock, deadlineMs: healthWithinMs, signal })
      if (health.healthy) return undefined
      detail = health.detail
      await clock.sleep(pollEveryMs, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
  return detail
}

async function putBack(instance: InstanceSpec, ports: ActionPorts): Promise<void> {
  const failure = await tryPutBack(instance, ports)
  if (failure === undefined) return
  throw staysOut(instance, `${instance.name} is healthy but could not be put back (${failure})`, undefined)
}

/** @returns undefined, or why not. */
async function tryPutBack(instance: InstanceSpec, ports: ActionPorts): Promise<string | undefined> {
  if (instance.putBack === undefined) return undefined
  const never = new AbortController().signal
  using deadline = startDeadline(ports.clock, putBackWithinMs, `putting ${instance.name} back`, never)
  try {
    await performAction(instance.putBack, ports, deadline.signal)
    return undefined
  } catch (error) {
    return toCutoverError(error).message
  }
}

function staysOut(instance: InstanceSpec, what: string, cause: unknown): CutoverError {
  if (instance.putBack === undefined) return unhealthy(instance, what, cause)
  const hint = `Look at its log and get it healthy, then put it back: ${describeAction(instance.putBack)}`
  return unhealthy(instance, `${what}; it stays out of the balancer`, cause, hint)
}

function unhealthy(instance: InstanceSpec, what: string, cause: unknown, hint?: string): CutoverError {
  const known = isCutoverError(cause)
  return new CutoverError('service.unhealthy', known ? `${what}: ${cause.message}` : what, {
    where: `${instance.name} at ${instance.url}`,
    hint: hint ?? 'Look at the log of the instance and of the balancer.',
    ...(known ? { cause } : {}),
  })
}
