import type { Finding } from './finding.ts'
import type { TextRange } from './source-text.ts'
import type { ScalarNode, YamlNode } from './yaml-tree.ts'

export type Variables = Readonly<Record<string, string | undefined>>

/** `$${`, `${NAME}`, `${NAME:-default}`, or any other `${` (a mistake). */
const pattern = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}|\$\{[^}\s]*\}?/g

/**
 * Fills variables into the texts of a tree. It works on values that were already parsed, so a variable's value is
 * always text, whatever characters it holds.
 */
export function fillVariables(
  root: YamlNode,
  variables: Variables,
  text: string,
): { readonly root: YamlNode; readonly findings: readonly Finding[] } {
  const findings: Finding[] = []
  const visit = (node: YamlNode): YamlNode => {
    if (node.type === 'list') return { ...node, items: node.items.map(visit) }
    if (node.type === 'map') {
      for (const [name, entry] of node.entries) findings.push(...variableInKey(name, entry))
      return { ...node, entries: new Map([...node.entries].map(([name, entry]) => [name, visit(entry)])) }
    }
    return fillScalar(node, variables, text, findings)
  }
  return { root: visit(root), findings }
}

/** Every variable a playbook's text mentions, with whether it can be left out. */
export function variablesOf(text: string): ReadonlyMap<string, { readonly optional: boolean }> {
  const names = new Map<string, { optional: boolean }>()
  for (const [, name, fallback] of text.matchAll(pattern)) {
    if (!name) continue
    names.set(name, { optional: fallback !== undefined && (names.get(name)?.optional ?? true) })
  }
  return names
}

/** Names of the variables that a filled tree's values were made with, each once; comments do not count. */
export function variablesUsedIn(root: YamlNode): readonly string[] {
  const inside = (node: YamlNode): readonly string[] => {
    if (node.type === 'list') return node.items.flatMap(inside)
    if (node.type === 'map') return [...node.entries.values()].flatMap(inside)
    return node.variables
  }
  return [...new Set(inside(root))]
}

function variableInKey(name: string, entry: YamlNode): readonly Finding[] {
  if (!entry.key || !name.includes('${')) return []
  return [
    { range: entry.key, message: 'A variable cannot stand in a key.', hint: 'Only values are filled in.' },
  ]
}

function fillScalar(node: ScalarNode, variables: Variables, text: string, findings: Finding[]): ScalarNode {
  if (typeof node.value !== 'string' || !node.value.includes('${')) return node
  const used: string[] = []
  let unfilled = false
  let from = node.range.start
  const value = node.value.replace(
    pattern,
    (written: string, name?: string, fallback?: string, or?: string) => {
      const range = findIn(text, written, from, node.range)
      from = range.end
      if (written === '$${') return '${'
      const given = name !== undefined && Object.hasOwn(variables, name) ? variables[name] : undefined
      if (name !== undefined) used.push(name)
      if (given) return given
      if (fallback !== undefined) return or ?? ''
      unfilled = true
      findings.push({ range, ...explainUnfilled(name, given) })
      return ''
    },
  )
  return { ...node, value, variables: used, unfilled }
}

function explainUnfilled(name: string | undefined, given: string | undefined): Omit<Finding, 'range'> {
  if (name === undefined) {
    return {
      message: 'This is not how a variable is written.',
      hint: 'Write ${NAME} or ${NAME:-default}; $${ stands for the characters ${ themselves.',
    }
  }
  return {
    message: `The variable ${name} is ${given === '' ? 'empty' : 'not set'}.`,
    hint: `Set ${name} in the environment, or write \${${name}:-default} when it may be left out.`,
  }
}

/** Where the variable is written; escapes in quoted text may hide it, then the whole value is meant. */
function findIn(text: string, written: string, from: number, whole: TextRange): TextRange {
  const start = text.indexOf(written, from)
  if (start < 0 || start + written.length > whole.end) return whole
  return { start, end: start + written.length }
}
