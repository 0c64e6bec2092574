import type { AccountName } from '../core/refs.ts'
import { parseGrant, type GrantLine, type GrantObject } from './parse-grant.ts'
import { quoteAccount, quoteName, quoteRole } from './quote.ts'

/** A single right: one privilege on one object or column, or a role. `key` is equal for equal rights. */
interface Right {
  readonly key: string
  readonly grant: string
  readonly revoke: string
}

/**
 * The statements that turn one SHOW GRANTS into another. Rights are given before others are taken, so that what both
 * lists have is never missing in between. Lines of kinds the kit does not know are given as they stand, never taken.
 */
export function grantChanges(
  account: AccountName,
  from: readonly string[],
  to: readonly string[],
): readonly string[] {
  const now = rightsOf(account, from)
  const wanted = rightsOf(account, to)
  const all = (rights: ReadonlyMap<string, Right>): readonly Right[] => [...rights.values()]
  const tooWide = all(now).filter((right) => isAll(right) && !wanted.has(right.key))
  const replaced = new Set(tooWide.map((right) => right.key))
  const missing = all(wanted).filter((right) => !now.has(right.key) || replaced.has(allKeyOf(right)))
  const surplus = all(now).filter(
    (right) => !wanted.has(right.key) && !replaced.has(right.key) && !wanted.has(allKeyOf(right)),
  )
  return [
    ...tooWide.map((right) => right.revoke),
    ...missing.map((right) => right.grant),
    ...surplus.map((right) => right.revoke).filter((sql) => sql !== ''),
  ]
}

/** The statements that give an account what it lacks of the rights in `to`; nothing is taken. */
export function missingRights(
  account: AccountName,
  from: readonly string[],
  to: readonly string[],
): readonly string[] {
  const now = rightsOf(account, from)
  return [...rightsOf(account, to).values()]
    .filter((right) => !now.has(right.key) && !now.has(allKeyOf(right)))
    .map((right) => right.grant)
}

function rightsOf(account: AccountName, lines: readonly string[]): ReadonlyMap<string, Right> {
  const rights = lines.flatMap((line) => rightsOfLine(quoteAccount(account), parseGrant(line)))
  return new Map(rights.map((right) => [right.key, right]))
}

function rightsOfLine(account: string, line: GrantLine): readonly Right[] {
  switch (line.kind) {
    case 'other':
      return [{ key: line.text, grant: line.text, revoke: '' }]
    case 'roles':
      return line.roles.map((role) => {
        const admin = line.adminOption ? ' WITH ADMIN OPTION' : ''
        const name = quoteRole(role)
        return {
          key: `${name}${admin}`,
          grant: `GRANT ${name} TO ${account}${admin}`,
          revoke: `REVOKE ${name} FROM ${account}`,
        }
      })
    case 'privileges':
      return line.revoked ? partialRevokes(account, line) : privilegeRights(account, line)
  }
}

type PrivilegeLine = Extract<GrantLine, { kind: 'privileges' }>

/** For a partial revoke, giving the line back means REVOKE and taking it away means GRANT. */
function partialRevokes(account: string, line: PrivilegeLine): readonly Right[] {
  const { sql } = line.object
  return line.privileges.map(({ name }) => ({
    key: `not ${name} ON ${sql}`,
    grant: `REVOKE ${name} ON ${sql} FROM ${account}`,
    revoke: `GRANT ${name} ON ${sql} TO ${account}`,
  }))
}

function privilegeRights(account: string, line: PrivilegeLine): readonly Right[] {
  const { object } = line
  const named = line.privileges.filter(({ name }) => name !== 'USAGE')
  const rights = named.flatMap(({ name, columns }) => {
    const parts = columns === undefined ? [name] : columns.map((column) => `${name} (${quoteName(column)})`)
    return parts.map((part) => rightOn(account, part, object, line.grantOption && isDynamic(name)))
  })
  const ownOption = line.grantOption && !named.some(({ name }) => isDynamic(name))
  return ownOption ? [...rights, grantOption(account, object)] : rights
}

/** MySQL's dynamic privileges carry their grant option each by itself; all other privileges share one per object. */
function isDynamic(name: string): boolean {
  return name.includes('_')
}

function rightOn(account: string, part: string, object: GrantObject, withOption: boolean): Right {
  const option = withOption ? ' WITH GRANT OPTION' : ''
  return {
    key: `${part} ON ${object.sql}${option}`,
    grant: `GRANT ${part} ON ${object.sql} TO ${account}${option}`,
    revoke: `REVOKE ${part} ON ${object.sql} FROM ${account}`,
  }
}

function grantOption(account: string, object: GrantObject): Right {
  return {
    key: `GRANT OPTION ON ${object.sql}`,
    grant: `GRANT USAGE ON ${object.sql} TO ${account} WITH GRANT OPTION`,
    revoke: `REVOKE GRANT OPTION ON ${object.sql} FROM ${account}`,
  }
}

function isAll(right: Right): boolean {
  return right.key.startsWith('ALL PRIVILEGES ON ')
}

/** The key that `ALL PRIVILEGES` on the same object would have. */
function allKeyOf(right: Right): string {
  const at = right.key.indexOf(' ON ')
  const isOption = right.key.startsWith('GRANT OPTION ON ')
  return at < 0 || isOption ? '' : `ALL PRIVILEGES${right.key.slice(at)}`
}
