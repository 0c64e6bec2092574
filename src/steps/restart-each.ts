import { toCutoverError, CutoverError } from '../core/errors.ts'
import type { InstanceHealth } from '../core/ports/service-fleet.ts'
import type { StepContext } from '../core/step.ts'
import { untilCenterHealthy } from './center-health.ts'

/**
 * Restarts instances of a service one after the other. Stops at the first that does not come up healthy, and before the
 * next one when the config center is not healthy.
 * @param names default: every instance.
 */
export async function restartUntilFirstFailure(
  context: StepContext,
  service: string,
  names?: readonly string[],
): Promise<void> {
  const fleet = context.ports.service(service)
  for (const name of await gatherInstances(context, service, names)) {
    await untilCenterHealthy(context, service, name)
    context.say(`restarting ${name} of ${service}`)
    await fleet.restart(name, context.signal)
  }
}

/**
 * Restarts instances one after the other and goes on after a failure: used on the way back, where one broken instance
 * must not leave the others with the wrong datasource. When the config center is not healthy it stops: what still runs
 * goes on serving.
 * @param names default: every instance.
 */
export async function restartEach(
  context: StepContext,
  service: string,
  names?: readonly string[],
): Promise<void> {
  const fleet = context.ports.service(service)
  const failures: string[] = []
  for (const name of await gatherInstances(context, service, names)) {
    await untilCenterHealthy(context, service, name)
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

/**
 * The order in which instances are restarted, so that somebody serves all the time: those that do not serve come first.
 * A restart that was cut off, or whose runner died, leaves an instance out of the balancer; taking the next one out
 * then would leave nobody. So whoever is healthy is put back before the first one is taken out.
 */
async function gatherInstances(
  context: StepContext,
  service: string,
  names: readonly string[] | undefined,
): Promise<readonly string[]> {
  const fleet = context.ports.service(service)
  const serving: string[] = []
  const out: string[] = []
  for (const { instance, healthy } of await fleet.health(context.signal)) {
    const back = healthy && (await isPutBack(context, service, instance))
    ;(back ? serving : out).push(instance)
  }
  return [...out, ...serving].filter((name) => names?.includes(name) ?? true)
}

async function isPutBack(context: StepContext, service: string, instance: string): Promise<boolean> {
  try {
    await context.ports.service(service).putBack(instance, context.signal)
    return true
  } catch (error) {
    context.signal.throwIfAborted()
    context.say(`${instance} of ${service} could not be put back: ${toCutoverError(error).message}`)
    return false
  }
}

/** An instance that takes all requests while the others restart may be late with one answer and well all the same. */
const looks = 3

/**
 * One line per instance that is not healthy, whenever one looks.
 * @param names default: every instance.
 */
export async function unhealthyInstances(
  context: StepContext,
  service: string,
  names?: readonly string[],
): Promise<readonly string[]> {
  let unhealthy: readonly InstanceHealth[] = []
  for (let look = 1; look <= looks; look += 1) {
    const all = await context.ports.service(service).health(context.signal)
    unhealthy = all.filter((one) => !one.healthy && (names?.includes(one.instance) ?? true))
    if (unhealthy.length === 0) return []
  }
  return unhealthy.map((one) => `${one.instance} of ${service} is not healthy: ${one.detail}`)
}
