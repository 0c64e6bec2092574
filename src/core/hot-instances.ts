import { CutoverError, isCutoverError } from './errors.ts'
import type { FoundInstance, GateWish, InstanceReport } from './ports/service-fleet.ts'
import type { StepContext } from './step.ts'

/** One process of a service that is switched live. */
export interface HotInstance {
  readonly service: string
  readonly instance: FoundInstance
}

/** What it said when it was asked. */
export type AskedInstance = HotInstance &
  (
    | { readonly report: InstanceReport; readonly silence?: undefined }
    /** Why nothing is known of it. */
    | { readonly report?: undefined; readonly silence: string }
  )

/**
 * Every process of the services, looked for anew.
 * @throws CutoverError `system.refused` when a service has none: nobody would then be asked, and nobody would say no.
 */
export async function findHotInstances(
  { ports }: StepContext,
  services: readonly string[],
  signal: AbortSignal,
): Promise<readonly HotInstance[]> {
  const lists = await Promise.all(
    services.map(async (service) => {
      const found = await ports.service(service).instances(signal)
      if (found.length === 0) throw nobodyFound(service)
      return found.map((instance) => ({ service, instance }))
    }),
  )
  return lists.flat()
}

/**
 * Asks all of them at once. One that does not answer, or answers with something else, is an answer, too.
 * @param wish each answers when its gate is so. Default: at once.
 */
export async function askHotInstances(
  { ports }: StepContext,
  instances: readonly HotInstance[],
  signal: AbortSignal,
  wish?: GateWish,
): Promise<readonly AskedInstance[]> {
  return Promise.all(
    instances.map(async (one) => {
      try {
        const fleet = ports.service(one.service)
        const asking = wish
          ? fleet.statusWhen(one.instance, wish, signal)
          : fleet.status(one.instance, signal)
        return { ...one, report: await asking }
      } catch (error) {
        signal.throwIfAborted()
        if (!isCutoverError(error) || error.code === 'internal') throw error
        return { ...one, silence: error.message }
      }
    }),
  )
}

/** `orders-1 of orders` */
export function titleOf({ service, instance }: HotInstance): string {
  return `${instance.name} of ${service}`
}

function nobodyFound(service: string): CutoverError {
  return new CutoverError('system.refused', `no instance of ${service} was found`, {
    where: service,
    hint: 'Look at find: of the service in the playbook, and at what it finds.',
  })
}
