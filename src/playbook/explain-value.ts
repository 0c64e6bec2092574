import type { z } from 'zod'
import { didYouMean } from './did-you-mean.ts'
import type { Finding } from './finding.ts'
import type { SchemaMarks } from './schema-walk.ts'
import { headOf, type YamlNode } from './yaml-tree.ts'

/** One value that is there and is wrong. */
export function explainValue(
  issue: z.core.$ZodIssue,
  name: string,
  node: YamlNode,
  marks: SchemaMarks,
): Finding {
  const hint = marks.description
  if (node.type !== 'scalar') return { range: headOf(node), hint, ...explain(issue, name, node, marks) }
  if (node.value === null) return { range: headOf(node), message: `${name} has no value.`, hint }
  return { range: node.range, hint, ...explain(issue, name, node, marks) }
}

interface Explanation {
  readonly message: string
  readonly hint?: string
}

function explain(issue: z.core.$ZodIssue, name: string, node: YamlNode, marks: SchemaMarks): Explanation {
  switch (issue.code) {
    case 'invalid_type':
      return explainType(issue, name, node, marks)
    case 'invalid_value':
      return { message: `${name} must be ${oneOf(issue.values.map(String), node)}` }
    case 'too_small':
      return { message: `${name} ${bound(issue.origin, issue.minimum, 'least')}.` }
    case 'too_big':
      return { message: `${name} ${bound(issue.origin, issue.maximum, 'most')}.` }
    default:
      return { message: asSentence(name, issue.message) }
  }
}

function oneOf(values: readonly string[], node: YamlNode): string {
  const written = node.type === 'scalar' ? String(node.value) : ''
  return `${values.map((value) => `\`${value}\``).join(' or ')}.${didYouMean(written, values)}`
}

function bound(origin: string, limit: number | bigint, side: 'least' | 'most'): string {
  const isOne = Number(limit) === 1
  if (origin === 'string' && isOne && side === 'least') return 'must not be empty'
  if (origin === 'string') return `must have at ${side} ${limit} characters`
  if (origin === 'array' || origin === 'set')
    return `needs at ${side} ${limit} ${isOne ? 'entry' : 'entries'}`
  return `must be at ${side} ${limit}`
}

function explainType(
  issue: z.core.$ZodIssueInvalidType,
  name: string,
  node: YamlNode,
  marks: SchemaMarks,
): Explanation {
  if (marks.holds === 'duration') {
    const seconds = node.type === 'scalar' && typeof node.value === 'number' ? node.value : 30
    return {
      message: `${name} needs a time with its unit.`,
      hint: `Write ${seconds}s; the units are ms, s, m and h.`,
    }
  }
  const given = typeOf(node)
  const wanted = typeWords[issue.expected] ?? issue.expected
  const message = `${name} must be ${wanted}, not ${given}.`
  return wanted === 'text' && node.type === 'scalar' ? { message, hint: 'Put it in quotes.' } : { message }
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
}

function typeOf(node: YamlNode): string {
  if (node.type === 'map') return 'a map of keys'
  if (node.type === 'list') return 'a list'
  if (typeof node.value === 'number')
    return Number.isInteger(node.value) ? 'a number' : 'a number like this one'
  return typeof node.value === 'boolean' ? 'true or false' : 'text'
}

/** Schemas say what is wanted as a noun ("host:port"), a predicate ("must …") or a sentence. */
function asSentence(name: string, message: string): string {
  if (/^(Invalid|Too) /.test(message)) return `${name}: ${message}.`
  if (/^[A-Z][a-z].* .*[.!?]$/.test(message)) return message
  return `${name} ${asPredicate(message)}.`
}

export function asPredicate(message: string): string {
  const text = message.replace(/\.$/, '')
  const isPredicate = /^(must|needs?|is|has|cannot|can|may|does|holds?)\b/.test(text)
  return isPredicate ? text : `must be ${text}`
}
