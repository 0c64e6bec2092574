import { z } from 'zod'
import { explainIssue } from './explain-issue.ts'
import type { Finding } from './finding.ts'
import type { Schema } from './schema-walk.ts'
import { hasUnfilled, headOf, nodeAt, plainValue, type YamlNode, type YamlPath } from './yaml-tree.ts'

export type Checked = { readonly ok: true; readonly value: unknown } | { readonly ok: false }

/** Checks a value against its schema; everything wrong with it goes to `findings`. */
export function checkValue(schema: Schema, node: YamlNode, findings: Finding[]): Checked {
  const first = z.safeParse(schema, plainValue(node))
  if (first.success) return { ok: true, value: first.data }
  const typed = typeVariables(node, first.error.issues)
  const result = typed ? z.safeParse(schema, plainValue(typed)) : first
  if (result.success) return { ok: true, value: result.data }
  const root = typed ?? node
  const found = result.error.issues.flatMap((issue) => explainIssue(issue, { schema, root }))
  // Never refused without a word: silence is only for values whose variables were complained about already.
  if (found.length === 0 && !hasUnfilled(root))
    found.push({ range: headOf(root), message: 'This value does not fit.' })
  findings.push(...withoutEchoes(found))
  return { ok: false }
}

/** `hots` for `host` is one mistake: the missing `host` is not told as well. */
function withoutEchoes(findings: readonly Finding[]): readonly Finding[] {
  const meant = new Set(findings.map((finding) => finding.meant))
  return findings.filter(({ missing }) => missing === undefined || !meant.has(missing))
}

/**
 * A variable's value is text. Where a number or true/false is wanted, and the text is one, it is taken as such.
 * Undefined when there is no such place.
 */
function typeVariables(root: YamlNode, issues: readonly z.core.$ZodIssue[]): YamlNode | undefined {
  let changed: YamlNode | undefined
  for (const issue of issues) {
    if (issue.code !== 'invalid_type') continue
    const node = nodeAt(root, issue.path)
    if (node?.type !== 'scalar' || node.variables.length === 0) continue
    const value = typedValue(String(node.value), issue.expected)
    if (value !== undefined) changed = replaceAt(changed ?? root, issue.path, { ...node, value })
  }
  return changed
}

function typedValue(text: string, expected: string): number | boolean | undefined {
  if (expected === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  if ((expected === 'number' || expected === 'int') && /^-?\d{1,15}(\.\d{1,15})?$/.test(text))
    return Number(text)
  return undefined
}

function replaceAt(node: YamlNode, path: YamlPath, leaf: YamlNode): YamlNode {
  const [key, ...rest] = path
  if (key === undefined) return leaf
  if (node.type === 'map') {
    const entries = [...node.entries].map(([name, entry]): [string, YamlNode] => [
      name,
      name === key ? replaceAt(entry, rest, leaf) : entry,
    ])
    return { ...node, entries: new Map(entries) }
  }
  if (node.type !== 'list') return node
  return {
    ...node,
    items: node.items.map((item, index) => (index === key ? replaceAt(item, rest, leaf) : item)),
  }
}
