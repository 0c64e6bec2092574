import type { TableSet } from '../core/refs.ts'
import type { GrantObject } from './parse-grant.ts'
import { matchesPattern } from './quote.ts'

/** The schema that a stored pattern names literally: `a\_b` and `a_b` both mean `a_b` to the one who wrote them. */
export function literalSchema(pattern: string): string {
  return pattern.replace(/\\(.)/g, '$1')
}

/** Does a privilege on this object reach any table of the set? Upper and lower case are not told apart. */
export function touchesTables(object: GrantObject, set: TableSet): boolean {
  switch (object.level) {
    case 'global':
      return true
    case 'schema':
      return matchesPattern(object.pattern, set.schema) || sameName(literalSchema(object.pattern), set.schema)
    case 'routine':
      return sameName(object.schema, set.schema)
    case 'table':
      return (
        sameName(object.schema, set.schema) &&
        (set.tables?.some((table) => sameName(table, object.table)) ?? true)
      )
  }
}

export function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
