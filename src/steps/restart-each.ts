import { toCutoverError, CutoverError } from '../core/errors.ts'
import type { InstanceHealth } from '../core/ports/service-fleet.ts'
import type { StepContext } from '../core/step.ts'

/** Restarts every instance of a service one after the other. Stops at the first that does not come up healthy. */
export async function restartUntilFirstFailure(context: StepContext, service: string): Promise<void> {
  const fleet = context.ports.service(service)
  for (const { name } of fleet.spec.instances) {
    context.say(`restarting ${name} of ${service}`)
    await fleet.restart(name, context.signal)
  }
}

/**
 * Restarts every instance one after the other and goes on after a failure: used on the way back, where one broken
 * instance must not leave the others with the wrong datasource. Those that are down come first: taking a healthy one
 * out while another is down may leave nobody to serve.
 */
export async function restartEach(context: StepContext, service: string): Promise<void> {
  const fleet = context.ports.service(service)
  const failures: string[] = []
  const health = await fleet.health(context.signal)
  for (const { instance: name } of [...health.filter(isDown), ...health.filter((one) => !isDown(one))]) {
    context.say(`restarting ${name} of ${service} with its old datasource`)
    try {
      await fleet.restart(name, context.signal)
    } catch (error) {
      context.signal.throwIfAborted()
      failures.push(`${name}: ${toCutoverError(error).message}`)
    }
  }
  if (failures.length === 0) return
  throw new CutoverError('service.unhealthy', `${service} did not come back whole: ${failures.join('; ')}`, {
    where: service,
    hint: 'The document is restored. Look at the instance’s log, start it by hand, then undo again.',
  })
}

function isDown({ healthy }: InstanceHealth): boolean {
  return !healthy
}

/** One line per instance that is not healthy. */
export async function unhealthyInstances(context: StepContext, service: string): Promise<readonly string[]> {
  const all = await context.ports.service(service).health(context.signal)
  return all
    .filter((one) => !one.healthy)
    .map((one) => `${one.instance} of ${service} is not healthy: ${one.detail}`)
}
