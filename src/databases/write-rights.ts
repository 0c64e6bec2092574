import type { TableSet } from '../core/refs.ts'
import type { HeldGrant } from './account-grants.ts'
import { touchesTables } from './covers-tables.ts'
import type { GrantLine, GrantObject, Privilege } from './parse-grant.ts'
import { isWrite } from './privileges.ts'

/** Write privileges on one object that reach the asked tables. */
export interface WriteRight {
  readonly object: GrantObject
  readonly privileges: readonly Privilege[]
  /** The role it comes through; undefined: the account's own. */
  readonly through: string | undefined
}

/** Which of the grants let the account change rows or definitions of the tables. */
export function findWriteRights(
  held: readonly HeldGrant[],
  sets: readonly TableSet[],
): readonly WriteRight[] {
  return held.flatMap(({ line, through }) => {
    if (line.kind !== 'privileges' || line.revoked) return []
    const reached = sets.filter((set) => touchesTables(line.object, set))
    const privileges = line.privileges.filter(
      ({ name }) =>
        isWrite(name, line.object.level) && reached.some((set) => !isTakenBack(name, line, set, held)),
    )
    return privileges.length === 0 ? [] : [{ object: line.object, privileges, through }]
  })
}

type PrivilegeLine = Extract<GrantLine, { kind: 'privileges' }>

/** MySQL's partial revokes take a global privilege back for one schema. */
function isTakenBack(name: string, from: PrivilegeLine, set: TableSet, held: readonly HeldGrant[]): boolean {
  if (from.object.level !== 'global') return false
  return held.some(
    ({ line }) =>
      line.kind === 'privileges' &&
      line.revoked &&
      touchesTables(line.object, set) &&
      line.privileges.some((privilege) => privilege.name === name),
  )
}

/** `INSERT, UPDATE (a, b) on "orders".* (schema)`, for people. */
export function describeWriteRight(right: WriteRight): string {
  const names = right.privileges.map(({ name, columns }) =>
    columns === undefined ? name : `${name} (${columns.join(', ')})`,
  )
  const origin =
    right.through === undefined ? right.object.level : `${right.object.level}, role ${right.through}`
  return `${names.join(', ')} on ${right.object.sql} (${origin})`
}
