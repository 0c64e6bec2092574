import { z } from 'zod'
import type { Holds, RefersTo } from '../core/refs.ts'
import { childOf, plainValue, type YamlNode, type YamlPath } from './yaml-tree.ts'

export type Schema = z.core.$ZodType

/** What a schema's `meta` says, from the outermost wrapper to the innermost. */
export interface SchemaMarks {
  readonly description?: string
  readonly refersTo?: RefersTo
  readonly holds?: Holds
}

/** A schema without its wrappers (optional, default, the transform behind it), and what they were marked with. */
export interface BareSchema {
  readonly schema: Schema
  readonly marks: SchemaMarks
}

export function bare(schema: Schema): BareSchema {
  const inner = unwrap(schema)
  if (!inner) return { schema, marks: marksOf(schema) }
  const below = bare(inner)
  return { schema: below.schema, marks: { ...below.marks, ...marksOf(schema) } }
}

function marksOf(schema: Schema): SchemaMarks {
  return (z.globalRegistry.get(schema) ?? {}) as SchemaMarks
}

export function defOf(schema: Schema): z.core.$ZodTypes['_zod']['def'] {
  return (schema as z.core.$ZodTypes)._zod.def
}

function unwrap(schema: Schema): Schema | undefined {
  const def = defOf(schema)
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return def.innerType
    case 'lazy':
      return def.getter()
    case 'pipe':
      return defOf(def.in).type === 'transform' ? def.out : def.in
    default:
      return undefined
  }
}

/** Calls `visit` for every value that its schema describes, the outermost first. */
export function walkSchema(
  schema: Schema,
  node: YamlNode,
  visit: (marks: SchemaMarks, node: YamlNode) => void,
): void {
  const { schema: inner, marks } = bare(schema)
  visit(marks, node)
  for (const option of alternatives(inner, node)) walkSchema(option, node, visit)
  if (node.type === 'scalar') return
  const children = node.type === 'map' ? node.entries.entries() : node.items.entries()
  for (const [key, child] of children) {
    const below = childSchema(inner, key)
    if (below) walkSchema(below, child, visit)
  }
}

/** The schema that describes the value at a path; undefined where nothing is described. */
export function schemaAt(schema: Schema, node: YamlNode | undefined, path: YamlPath): BareSchema | undefined {
  const here = bare(schema)
  const [key, ...rest] = path
  if (key === undefined) return here
  const below = childSchema(here.schema, key)
  if (below) return schemaAt(below, node && childOf(node, key), rest)
  if (!node) return undefined
  return alternatives(here.schema, node)
    .map((option) => schemaAt(option, node, path))
    .find((found) => found !== undefined)
}

/** The keys a map may have. */
export function knownKeys(schema: Schema | undefined, node: YamlNode | undefined): readonly string[] {
  if (!schema) return []
  const inner = bare(schema).schema
  const def = defOf(inner)
  if (def.type === 'object') return Object.keys(def.shape)
  if (!node) return []
  return [...new Set(alternatives(inner, node).flatMap((option) => knownKeys(option, node)))]
}

function childSchema(schema: Schema, key: PropertyKey): Schema | undefined {
  const def = defOf(schema)
  switch (def.type) {
    case 'object':
      return Object.hasOwn(def.shape, key) ? def.shape[String(key)] : def.catchall
    case 'record':
      return def.valueType
    case 'array':
      return def.element
    case 'tuple':
      return def.items[Number(key)] ?? def.rest ?? undefined
    default:
      return undefined
  }
}

/** The parts of a union or intersection that are meant by this value. */
function alternatives(schema: Schema, node: YamlNode): readonly Schema[] {
  const def = defOf(schema)
  if (def.type === 'intersection') return [def.left, def.right]
  if (def.type !== 'union') return []
  const value = plainValue(node)
  const fits = def.options.find((option) => z.safeParse(option, value).success)
  if (fits) return [fits]
  const named =
    'discriminator' in def ? def.options.filter((option) => isNamed(option, def.discriminator, node)) : []
  return named.length > 0 ? named : def.options.filter((option) => sameForm(option, node))
}

/** Does the discriminator of this option, such as `kind: nacos`, stand in the value? */
function isNamed(option: Schema, discriminator: unknown, node: YamlNode): boolean {
  const key = String(discriminator)
  const word = childSchema(bare(option).schema, key)
  const written = childOf(node, key)
  return word !== undefined && written !== undefined && z.safeParse(word, plainValue(written)).success
}

function sameForm(option: Schema, node: YamlNode): boolean {
  const { type } = defOf(bare(option).schema)
  if (type === 'union' || type === 'intersection') return true
  if (node.type === 'map') return type === 'object' || type === 'record'
  if (node.type === 'list') return type === 'array' || type === 'tuple'
  return !['object', 'record', 'array', 'tuple'].includes(type)
}
