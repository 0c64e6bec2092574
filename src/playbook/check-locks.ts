import { keepsLocks } from '../core/center-specs.ts'
import type { Finding } from './finding.ts'
import { childOf, type YamlNode } from './yaml-tree.ts'

/**
 * Services whose lock would be in a config center that cannot keep one: found before anything is planned, because
 * nothing there would keep two runs apart.
 */
export function checkLocks(root: YamlNode, findings: Finding[]): void {
  const services = childOf(root, 'services')
  if (services?.type !== 'map') return
  for (const [name, service] of services.entries) findings.push(...checkLock(root, name, service))
}

function checkLock(root: YamlNode, service: string, described: YamlNode): readonly Finding[] {
  const lock = childOf(described, 'lock')
  const center = childOf(lock ?? childOf(described, 'document'), 'center')
  if (center?.type !== 'scalar' || typeof center.value !== 'string') return []
  const system = childOf(childOf(root, 'systems'), center.value)
  const kind = childOf(system, 'kind')
  if (kind?.type !== 'scalar' || typeof kind.value !== 'string' || keepsLocks(kind.value)) return []
  const message = `${center.value} cannot keep the lock of a run on ${service}: an ${kind.value} has no compare-and-set.`
  const hint = `Add "lock: { center: …, dataId: cutover-lock.${service} }" to the service, with a config center of another kind.`
  return [{ range: center.range, message, hint, other: kind.range }]
}
