import { instanceAddress } from '../core/instance-address.ts'
import type { ServiceNeed } from '../core/step.ts'
import type { CheckedItem } from './check-item.ts'
import { idOf, pointOfNoReturnIn } from './check-order.ts'
import type { Finding } from './finding.ts'
import { childOf, type YamlNode } from './yaml-tree.ts'

/** Items that need something of a service which its description does not have. */
export function checkNeeds(root: YamlNode, items: readonly CheckedItem[], findings: Finding[]): void {
  const point = pointOfNoReturnIn(items)
  for (const [index, item] of items.entries()) {
    const canBeUndone = point === undefined || index <= point
    const needs = needsOf(item).filter(({ onlyUndo }) => onlyUndo !== true || canBeUndone)
    for (const need of needs) findings.push(...checkNeed(root, item, need))
  }
}

/** Settings that are wrong themselves say nothing about services. */
function needsOf(item: CheckedItem): readonly ServiceNeed[] {
  if (item.with === undefined) return []
  return item.kind.needs?.(item.with as never) ?? []
}

function checkNeed(
  root: YamlNode,
  item: CheckedItem,
  { service, part, onlyUndo }: ServiceNeed,
): readonly Finding[] {
  const described = childOf(childOf(root, 'services'), service)
  // A service that is not there at all is reported by its name.
  if (described?.type !== 'map') return []
  const other = described.key
  if (part === 'hot') {
    if (childOf(described, 'hot')) return []
    const message = `\`${idOf(item)}\` switches ${service} live, and nothing says how its processes are asked.`
    const hint = `Add "hot: { token: env:STATUS_TOKEN }" to the service ${service}.`
    return [{ range: item.word.range, message, hint, other }]
  }
  if (part === 'address') {
    const unknown = instancesWithoutAddress(described)
    if (unknown.length === 0) return []
    const message = `\`${idOf(item)}\` must know the instances of ${service} by their addresses, and of ${unknown.length} nothing says it.`
    const hint =
      'Add address: with the IP address that the config center sees to those whose url has a host name.'
    return [{ range: item.word.range, message, hint, other }]
  }
  const without = instancesWithoutRestart(described)
  if (without === undefined) return []
  const what = onlyUndo === true ? 'When it is undone, ' : ''
  const message = `${what}\`${idOf(item)}\` restarts the instances of ${service}, and ${without}.`
  const hint = 'Add restart: to every instance of the service, with a command or a request.'
  return [{ range: item.word.range, message, hint, other }]
}

function instancesWithoutRestart(service: YamlNode): string | undefined {
  const instances = childOf(service, 'instances')
  const listed = instances?.type === 'list' ? instances.items : []
  if (listed.length === 0) return 'none is listed'
  const lacking = listed.filter((instance) => instance.type === 'map' && !childOf(instance, 'restart'))
  return lacking.length === 0 ? undefined : `${lacking.length} of them do not say how`
}

/** Found ones come with an address; a url that is not filled in is reported elsewhere. */
function instancesWithoutAddress(service: YamlNode): readonly YamlNode[] {
  const instances = childOf(service, 'instances')
  const listed = instances?.type === 'list' ? instances.items : []
  return listed.filter((instance) => {
    const url = childOf(instance, 'url')
    if (childOf(instance, 'address') || url?.type !== 'scalar' || url.unfilled) return false
    return instanceAddress({ url: String(url.value) }) === undefined
  })
}
