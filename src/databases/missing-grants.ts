import type { Grant } from '../core/ports/database-server.ts'
import type { TableSet } from '../core/refs.ts'
import type { HeldGrant } from './account-grants.ts'
import { sameName } from './covers-tables.ts'
import type { GrantLine } from './parse-grant.ts'
import { matchesPattern } from './quote.ts'

/**
 * Which of the wanted privileges are not held on all of their tables. What comes through a role does not count,
 * because a session may have it switched off; neither does a privilege on some columns only.
 */
export function findMissing(held: readonly HeldGrant[], wanted: readonly Grant[]): readonly Grant[] {
  const lines = held.flatMap(({ line, through }) =>
    line.kind === 'privileges' && !line.revoked && through === undefined ? [line] : [],
  )
  return wanted.flatMap(({ privileges, on }) => {
    const missing = privileges.filter((name) => !holds(lines, name, on))
    return missing.length === 0 ? [] : [{ privileges: missing, on }]
  })
}

type PrivilegeLine = Extract<GrantLine, { kind: 'privileges' }>

function holds(lines: readonly PrivilegeLine[], name: string, on: TableSet): boolean {
  const named = lines.filter((line) =>
    line.privileges.some(
      (privilege) =>
        (privilege.name === name || privilege.name === 'ALL PRIVILEGES') && privilege.columns === undefined,
    ),
  )
  if (named.some((line) => isWide(line, on.schema))) return true
  return on.tables?.every((table) => named.some((line) => isOnTable(line, on.schema, table))) ?? false
}

function isWide({ object }: PrivilegeLine, schema: string): boolean {
  return object.level === 'global' || (object.level === 'schema' && matchesPattern(object.pattern, schema))
}

function isOnTable({ object }: PrivilegeLine, schema: string, table: string): boolean {
  return object.level === 'table' && sameName(object.schema, schema) && sameName(object.table, table)
}
