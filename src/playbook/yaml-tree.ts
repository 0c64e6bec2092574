import type { TextRange } from './source-text.ts'

/** What a playbook's YAML says, with the place of everything. */
export type YamlNode = MapNode | ListNode | ScalarNode

interface NodePlace {
  /** The value itself. */
  readonly range: TextRange
  /** The key it stands under; absent in lists and at the top. */
  readonly key?: TextRange | undefined
}

export interface MapNode extends NodePlace {
  readonly type: 'map'
  readonly entries: ReadonlyMap<string, YamlNode>
}

export interface ListNode extends NodePlace {
  readonly type: 'list'
  readonly items: readonly YamlNode[]
}

export interface ScalarNode extends NodePlace {
  readonly type: 'scalar'
  readonly value: string | number | boolean | null
  /** Names of the variables that were filled in; empty for text that stands in the file as it is. */
  readonly variables: readonly string[]
  /** True: a variable has no value. That was reported, so nothing else about this value is. */
  readonly unfilled: boolean
}

export type YamlPath = readonly PropertyKey[]

/** The value as plain data, the form schemas check. */
export function plainValue(node: YamlNode): unknown {
  if (node.type === 'scalar') return node.value
  if (node.type === 'list') return node.items.map(plainValue)
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plainValue(entry)]))
}

export function childOf(node: YamlNode | undefined, key: PropertyKey): YamlNode | undefined {
  if (node?.type === 'map') return node.entries.get(String(key))
  if (node?.type === 'list') return node.items[Number(key)]
  return undefined
}

export function nodeAt(root: YamlNode, path: YamlPath): YamlNode | undefined {
  let node: YamlNode | undefined = root
  for (const key of path) node = childOf(node, key)
  return node
}

/** Where to point when a whole value, or something missing in it, is meant: its key, else where it begins. */
export function headOf(node: YamlNode): TextRange {
  if (node.key) return node.key
  const first = node.type === 'map' ? [...node.entries.values()][0]?.key : undefined
  return first ?? node.range
}

export function isUnfilled(node: YamlNode | undefined): boolean {
  return node?.type === 'scalar' && node.unfilled
}

export function hasUnfilled(node: YamlNode): boolean {
  if (node.type === 'map') return [...node.entries.values()].some(hasUnfilled)
  return node.type === 'list' ? node.items.some(hasUnfilled) : node.unfilled
}
