import type { z } from 'zod'
import { nearestWord, wordList } from './did-you-mean.ts'
import { explainUnion } from './explain-union.ts'
import { asPredicate, explainValue } from './explain-value.ts'
import type { Finding } from './finding.ts'
import { knownKeys, schemaAt, type BareSchema, type Schema } from './schema-walk.ts'
import { headOf, isUnfilled, nodeAt, type YamlNode, type YamlPath } from './yaml-tree.ts'

/** A value that did not fit its schema. */
export interface Misfit {
  readonly schema: Schema
  readonly root: YamlNode
}

/** What an issue is about. */
export interface Spot {
  readonly path: YamlPath
  /** Absent when the value is missing. */
  readonly node: YamlNode | undefined
  readonly root: YamlNode
  /** The value in words: `` `port` ``, or entry 2 of `` `tables` ``. */
  readonly name: string
  readonly at: BareSchema | undefined
}

/** A zod issue as findings that point into the file. */
export function explainIssue(
  issue: z.core.$ZodIssue,
  misfit: Misfit,
  above: YamlPath = [],
): readonly Finding[] {
  const path = [...above, ...issue.path]
  const { schema, root } = misfit
  const node = nodeAt(root, path)
  if (isUnfilled(node)) return []
  const spot: Spot = { path, node, root, name: nameOf(path, root), at: schemaAt(schema, root, path) }
  if (issue.code === 'unrecognized_keys') return issue.keys.flatMap((key) => explainUnknownKey(key, spot))
  if (!node) return explainMissing(spot)
  const isEmpty = node.type === 'scalar' && node.value === null
  if (spot.at?.marks.holds === 'secret' && !isEmpty) return [explainSecret(spot.name, node)]
  if (issue.code === 'invalid_key') return [explainName(issue, spot.name, node)]
  if (issue.code === 'invalid_union') {
    return explainUnion(issue, spot.name, node, (inner) => explainIssue(inner, misfit, path))
  }
  return [explainValue(issue, spot.name, node, spot.at?.marks ?? {})]
}

function nameOf(path: YamlPath, root: YamlNode): string {
  const last = path.at(-1)
  if (last === undefined) return root.key ? '`with`' : 'The playbook'
  const owner = path.slice(0, -1)
  if (typeof last !== 'number' || nodeAt(root, owner)?.type !== 'list') return `\`${String(last)}\``
  return owner.length === 0 ? `Entry ${last + 1}` : `Entry ${last + 1} of ${nameOf(owner, root)}`
}

function explainMissing({ path, root, name, at }: Spot): readonly Finding[] {
  const owner = path.slice(0, -1)
  const parent = nodeAt(root, owner) ?? root
  if (isUnfilled(parent)) return []
  const where = path.length > 1 || root.key ? ` in ${nameOf(owner, root)}` : ''
  const message = `${name} is missing${where}.`
  return [{ range: headOf(parent), message, hint: at?.marks.description, missing: String(path.at(-1)) }]
}

function explainUnknownKey(key: string, { node, at, name, path, root }: Spot): readonly Finding[] {
  if (node?.type !== 'map') return []
  const free = knownKeys(at?.schema, node).filter((word) => !node.entries.has(word))
  const owner = path.length === 0 && !root.key ? '' : ` of ${name}`
  const meant = nearestWord(key, free)
  const question = meant === undefined ? '' : ` Did you mean \`${meant}\`?`
  return [
    {
      range: node.entries.get(key)?.key ?? node.range,
      message: `\`${key}\` is not a key${owner}.${question}`,
      hint: free.length > 0 ? `Keys that can still be used here: ${wordList(free)}.` : undefined,
      meant,
    },
  ]
}

function explainName(issue: z.core.$ZodIssueInvalidKey, name: string, node: YamlNode): Finding {
  const reasons = issue.issues.map((inner) => asPredicate(inner.message))
  return { range: node.key ?? node.range, message: `The name ${name} ${reasons.join(' and ')}.` }
}

function explainSecret(name: string, node: YamlNode): Finding {
  const variable = node.type === 'scalar' ? node.variables[0] : undefined
  const hint =
    variable === undefined
      ? 'Write env:NAME, file:/path, file:/path#key, cmd:["program"] or generated:name.'
      : `Write env:${variable}: a reference is looked up late and shows in no plan, journal or log.`
  return {
    range: node.range,
    message: `${name} must be a reference to a secret, not the secret itself.`,
    hint,
  }
}
