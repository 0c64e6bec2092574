import { z } from 'zod'

import type { RefersTo } from '../core/refs.ts'
import { bare, defOf, type Schema } from './schema-walk.ts'

/** One line of a table of fields. */
export interface FieldRow {
  /** `tables[].schema` for fields inside others. */
  readonly path: string
  readonly type: string
  readonly presence: 'must be given' | 'in one of its forms' | 'may be left out'
  /** The default as it would be written; '' when there is none. */
  readonly fallback: string
  readonly description: string
}

/** The fields of a map, the ones inside a field right after it. */
export function fieldRows(schema: Schema, prefix = ''): readonly FieldRow[] {
  if (isLazy(schema)) return []
  const inner = bare(schema).schema
  const def = defOf(inner)
  if (def.type === 'array') return fieldRows(def.element, `${prefix}[]`)
  if (def.type === 'record') return fieldRows(def.valueType, `${prefix}.*`)
  if (def.type === 'union')
    return mergeForms(def.options.map((option) => fieldRows(listElement(option), prefix)))
  if (def.type !== 'object') return []
  return Object.entries(def.shape).flatMap(([name, field]) => {
    const path = prefix ? `${prefix}.${name}` : name
    const row: FieldRow = {
      path,
      type: typeWords(field),
      presence: z.safeParse(field, undefined).success ? 'may be left out' : 'must be given',
      fallback: fallbackOf(field),
      description: bare(field).marks.description ?? '',
    }
    return [row].concat(fieldRows(field, path))
  })
}

/** "One, or a list of them" has the same fields either way. */
function listElement(schema: Schema): Schema {
  const def = defOf(bare(schema).schema)
  return def.type === 'array' ? def.element : schema
}

/** A map that can be written in several forms: each field once, with what it is in any of them. */
function mergeForms(forms: readonly (readonly FieldRow[])[]): readonly FieldRow[] {
  const maps = forms.filter((rows) => rows.length > 0)
  const paths = new Set(maps.flatMap((rows) => rows.map(({ path }) => path)))
  return [...paths].flatMap((path) => {
    const rows = maps.flatMap((form) => form.filter((row) => row.path === path))
    return mergeRows(rows, rows.length < maps.length)
  })
}

function mergeRows(rows: readonly FieldRow[], isMissingSomewhere: boolean): readonly FieldRow[] {
  const [first] = rows
  if (!first) return []
  const given = rows.filter(({ presence }) => presence === 'must be given').length
  const depends = given > 0 && (isMissingSomewhere || given < rows.length)
  const unique = (words: readonly string[]): readonly string[] => [...new Set(words)]
  return [
    {
      ...first,
      type: unique(rows.map(({ type }) => type)).join(' or '),
      presence: depends ? 'in one of its forms' : first.presence,
      description: unique(rows.map(({ description }) => description)).join(' '),
    },
  ]
}

function fallbackOf(field: Schema): string {
  const value = defaultOf(field)
  if (value === undefined || (typeof value === 'object' && value !== null)) return ''
  if (bare(field).marks.holds === 'duration' && typeof value === 'number') return writeDuration(value)
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value)
}

/** Milliseconds as a playbook writes them: `30s`, `5m`, `4h`. */
export function writeDuration(ms: number): string {
  if (ms > 0 && ms % 3_600_000 === 0) return `${ms / 3_600_000}h`
  if (ms % 60_000 === 0) return `${ms / 60_000}m`
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`
}

function defaultOf(field: Schema): unknown {
  const def = defOf(field)
  if (def.type === 'default' || def.type === 'prefault') return def.defaultValue
  return 'innerType' in def ? defaultOf(def.innerType) : undefined
}

const referenceWords: Readonly<Record<RefersTo, string>> = {
  database: 'name of a database',
  sync: 'name of a sync task',
  'config-center': 'name of a config center',
  service: 'name of a service',
}

const plainWords: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  object: 'map',
}

function typeWords(schema: Schema): string {
  if (isLazy(schema)) return 'anything'
  const { schema: inner, marks } = bare(schema)
  if (marks.refersTo) return referenceWords[marks.refersTo]
  if (marks.holds === 'secret') return 'secret reference'
  if (marks.holds === 'duration') return 'duration'
  const def = defOf(inner)
  switch (def.type) {
    case 'enum':
      return Object.values(def.entries).map(code).join(' or ')
    case 'literal':
      return def.values.map(code).join(' or ')
    case 'array':
      return `list of: ${typeWords(def.element)}`
    case 'record':
      return `map of: ${typeWords(def.valueType)}`
    case 'union':
      return [...new Set(def.options.map(typeWords))].join(', or ')
    case 'number':
      return (def.checks ?? []).some((check) => 'format' in check._zod.def) ? 'whole number' : 'number'
    default:
      return plainWords[def.type] ?? 'anything'
  }
}

function code(value: unknown): string {
  return `\`${String(value)}\``
}

/** Recursive schemas describe any JSON; following them would not end. */
function isLazy(schema: Schema): boolean {
  const def = defOf(schema)
  return def.type === 'lazy' || ('innerType' in def && isLazy(def.innerType))
}
