import { instanceAddress } from '../core/instance-address.ts'
import { CutoverError } from '../core/errors.ts'
import type { StepContext } from '../core/step.ts'

/**
 * Addresses of the instances that are to be given another document than the rest.
 * @throws CutoverError `playbook.invalid` when there is no such instance, when its address is not known, or when another
 *   instance has the same one and would be given it, too.
 */
export function addressesOf(
  context: StepContext,
  service: string,
  chosen: readonly string[],
): readonly string[] {
  const { instances } = context.ports.service(service).spec
  const addresses = chosen.map((name) => {
    const instance = instances.find((one) => one.name === name)
    if (!instance) {
      const known = instances.map((one) => one.name).join(', ')
      throw invalid(`${service} has no instance ${name}`, `It has ${known}.`)
    }
    const address = instanceAddress(instance)
    if (address !== undefined) return address
    throw invalid(`nothing says which address ${name} of ${service} has`, 'Add address: to the instance.')
  })
  const other = instances.find(
    (one) => !chosen.includes(one.name) && addresses.includes(instanceAddress(one) ?? ''),
  )
  if (!other) return [...new Set(addresses)]
  throw invalid(
    `${other.name} of ${service} has the same address as an instance that is to be tried, and would be given the same`,
    `Name ${other.name} under instances, too.`,
  )
}

function invalid(message: string, hint: string): CutoverError {
  return new CutoverError('playbook.invalid', message, { hint })
}
