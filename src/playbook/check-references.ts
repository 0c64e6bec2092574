import type { RefersTo } from '../core/refs.ts'
import type { SecretRef } from '../core/secret.ts'
import { noticeSpec, serviceSpec, systemSpec, type SystemSpec } from '../core/system-specs.ts'
import type { CheckedItem } from './check-item.ts'
import { didYouMean, wordList } from './did-you-mean.ts'
import type { Finding } from './finding.ts'
import { walkSchema, type Schema } from './schema-walk.ts'
import type { TextRange } from './source-text.ts'
import { mayBeShown } from './hidden-text.ts'
import { childOf, type ScalarNode, type YamlNode } from './yaml-tree.ts'

/** What each kind of system can be named as. A new kind does not compile until it stands here. */
const roles: Readonly<Record<SystemSpec['kind'], RefersTo>> = {
  database: 'database',
  'native-replication': 'sync',
  nacos: 'config-center',
  etcd: 'config-center',
  apollo: 'config-center',
  file: 'config-center',
}

const roleWords: Readonly<Record<RefersTo, string>> = {
  database: 'database',
  sync: 'sync task',
  'config-center': 'config center',
  service: 'service',
}

/** Every name that points to a system or service must point to one of the right sort. */
export function checkReferences(root: YamlNode, items: readonly CheckedItem[], findings: Finding[]): void {
  const names = namesIn(root)
  for (const [schema, node] of describedValues(root, items)) {
    walkSchema(schema, node, ({ refersTo }, value) => {
      if (refersTo && value.type === 'scalar' && typeof value.value === 'string' && !value.unfilled) {
        findings.push(...checkName(value.value, refersTo, names, value))
      }
    })
  }
  for (const sync of childrenOf(childOf(root, 'systems'))) findings.push(...checkDirection(sync))
}

/** What stands in the secret fields of a playbook without mistakes: references, each once. */
export function secretsReferredTo(root: YamlNode, items: readonly CheckedItem[]): readonly SecretRef[] {
  const found = new Set<SecretRef>()
  for (const [schema, node] of describedValues(root, items)) {
    walkSchema(schema, node, ({ holds }, value) => {
      if (holds === 'secret' && value.type === 'scalar' && typeof value.value === 'string')
        found.add(value.value)
    })
  }
  return [...found]
}

/** Values in secret fields that are not references: no frame may show them. */
export function secretsWrittenOut(root: YamlNode, items: readonly CheckedItem[]): readonly TextRange[] {
  const found: TextRange[] = []
  for (const [schema, node] of describedValues(root, items)) {
    walkSchema(schema, node, ({ holds }, value) => {
      const isShown = value.type === 'scalar' && (mayBeShown(value.value) || value.variables.length > 0)
      if (holds === 'secret' && !isShown) found.push(value.range)
    })
  }
  return found
}

function describedValues(
  root: YamlNode,
  items: readonly CheckedItem[],
): readonly (readonly [Schema, YamlNode])[] {
  const notice = childOf(root, 'notice')
  return [
    ...childrenOf(childOf(root, 'systems')).map((node) => [systemSpec, node] as const),
    ...childrenOf(childOf(root, 'services')).map((node) => [serviceSpec, node] as const),
    ...(notice ? [[noticeSpec, notice] as const] : []),
    ...items.map((item) => [item.kind.schema, item.settings] as const),
  ]
}

function childrenOf(node: YamlNode | undefined): readonly YamlNode[] {
  return node?.type === 'map' ? [...node.entries.values()] : []
}

/** Every name of the playbook with what it can be used as; undefined when its own entry is wrong. */
interface Names {
  readonly systems: ReadonlyMap<string, RefersTo | undefined>
  readonly services: ReadonlyMap<string, 'service'>
}

function namesIn(root: YamlNode): Names {
  const systems = new Map<string, RefersTo | undefined>()
  const services = new Map<string, 'service'>()
  const listed = childOf(root, 'systems')
  if (listed?.type === 'map') for (const [name, node] of listed.entries) systems.set(name, roleOf(node))
  const served = childOf(root, 'services')
  if (served?.type === 'map') for (const name of served.entries.keys()) services.set(name, 'service')
  return { systems, services }
}

function roleOf(system: YamlNode): RefersTo | undefined {
  const kind = childOf(system, 'kind')
  if (kind?.type !== 'scalar') return undefined
  const word = String(kind.value)
  return Object.hasOwn(roles, word) ? roles[word as SystemSpec['kind']] : undefined
}

function checkName(name: string, wanted: RefersTo, names: Names, node: ScalarNode): readonly Finding[] {
  const known: ReadonlyMap<string, RefersTo | undefined> =
    wanted === 'service' ? names.services : names.systems
  const role = known.get(name)
  if (role === wanted || (known.has(name) && role === undefined)) return []
  const fitting = [...known].filter(([, role]) => role === wanted || role === undefined).map(([word]) => word)
  const place = wanted === 'service' ? 'services' : 'systems'
  const hint = fitting.length > 0 ? `Under ${place} there is ${wordList(fitting)}.` : `Add it under ${place}.`
  const message =
    role === undefined
      ? `There is no ${roleWords[wanted]} \`${name}\`.${didYouMean(name, fitting)}`
      : `\`${name}\` is a ${roleWords[role]}, but a ${roleWords[wanted]} is needed here.`
  return [{ range: node.range, message, hint }]
}

function checkDirection(system: YamlNode): readonly Finding[] {
  const [from, to] = [childOf(system, 'from'), childOf(system, 'to')]
  if (from?.type !== 'scalar' || to?.type !== 'scalar' || from.unfilled || to.unfilled) return []
  if (typeof from.value !== 'string' || from.value !== to.value) return []
  return [{ range: to.range, message: '`from` and `to` are the same database.', other: from.range }]
}
