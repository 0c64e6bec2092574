import { readGrantTokens, type GrantToken } from './grant-tokens.ts'
import { quoteName, type RoleName } from './quote.ts'

/** One privilege, with its columns when it is given on columns only. */
export interface Privilege {
  /** Upper case: `INSERT`, `CREATE VIEW`, `ALL PRIVILEGES`. */
  readonly name: string
  readonly columns?: readonly string[]
}

/** What a privilege is given on. `sql` is how GRANT and REVOKE name it. */
export type GrantObject =
  | { readonly level: 'global'; readonly sql: string }
  /** `pattern` as stored: `_` and `%` may be wildcards, `\` escapes them. */
  | { readonly level: 'schema'; readonly sql: string; readonly pattern: string }
  | { readonly level: 'table'; readonly sql: string; readonly schema: string; readonly table: string }
  | { readonly level: 'routine'; readonly sql: string; readonly schema: string }

/** A line of SHOW GRANTS, read. */
export type GrantLine =
  | {
      readonly kind: 'privileges'
      /** True: a REVOKE line of MySQL's partial revokes. */
      readonly revoked: boolean
      readonly object: GrantObject
      readonly privileges: readonly Privilege[]
      readonly grantOption: boolean
    }
  | { readonly kind: 'roles'; readonly roles: readonly RoleName[]; readonly adminOption: boolean }
  /** PROXY, default roles, and what no one has thought of yet: kept as text. */
  | { readonly kind: 'other'; readonly text: string }

/** Reads one line of SHOW GRANTS of either product. Never fails: what it does not know is `other`. */
export function parseGrant(line: string): GrantLine {
  const tokens = readGrantTokens(line)
  const verb = tokens[0]?.text
  if (verb !== 'GRANT' && verb !== 'REVOKE') return { kind: 'other', text: line }
  const to = indexOfWord(tokens, verb === 'GRANT' ? 'TO' : 'FROM', 1)
  const on = indexOfWord(tokens, 'ON', 1)
  if (to < 0) return { kind: 'other', text: line }
  if (on < 0 || on > to) return readRoles(tokens.slice(1, to), tokens.slice(to), line)
  const object = readObject(tokens.slice(on + 1, to))
  if (object === undefined) return { kind: 'other', text: line }
  return {
    kind: 'privileges',
    revoked: verb === 'REVOKE',
    object,
    privileges: readPrivileges(tokens.slice(1, on)),
    grantOption: hasOption(tokens.slice(to), 'GRANT'),
  }
}

function indexOfWord(tokens: readonly GrantToken[], word: string, from: number): number {
  return tokens.findIndex((token, index) => index >= from && token.kind === 'word' && token.text === word)
}

function hasOption(tokens: readonly GrantToken[], option: 'GRANT' | 'ADMIN'): boolean {
  const at = indexOfWord(tokens, 'WITH', 0)
  if (at < 0) return false
  return tokens.some(
    (token, index) => index > at && token.text === option && tokens[index + 1]?.text === 'OPTION',
  )
}

function readRoles(tokens: readonly GrantToken[], tail: readonly GrantToken[], line: string): GrantLine {
  const roles = splitAtCommas(tokens).map((part): RoleName | undefined => {
    const [user, at, host] = part
    if (user === undefined || user.kind === 'mark') return undefined
    return { user: user.value, host: at?.text === '@' ? host?.value : undefined }
  })
  if (roles.includes(undefined)) return { kind: 'other', text: line }
  return { kind: 'roles', roles: roles as RoleName[], adminOption: hasOption(tail, 'ADMIN') }
}

function readPrivileges(tokens: readonly GrantToken[]): readonly Privilege[] {
  return splitAtCommas(tokens).map((part) => {
    const open = part.findIndex((token) => token.text === '(')
    const words = open < 0 ? part : part.slice(0, open)
    const name = words.map((token) => token.text.toUpperCase()).join(' ')
    if (open < 0) return { name }
    const columns = part.slice(open + 1).filter((token) => token.kind !== 'mark')
    return { name, columns: columns.map((token) => token.value) }
  })
}

/** Splits at commas that are not inside parentheses. */
function splitAtCommas(tokens: readonly GrantToken[]): readonly (readonly GrantToken[])[] {
  const parts: GrantToken[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    if (token.text === '(') depth += 1
    if (token.text === ')') depth -= 1
    if (token.text === ',' && depth === 0) parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts.filter((part) => part.length > 0)
}

const routineKinds: ReadonlySet<string> = new Set(['PROCEDURE', 'FUNCTION', 'PACKAGE', 'BODY'])

function readObject(tokens: readonly GrantToken[]): GrantObject | undefined {
  const kinds = tokens.filter((token) => token.kind === 'word' && routineKinds.has(token.text))
  const names = tokens.filter((token) => token.text !== 'TABLE' && !kinds.includes(token))
  const [schema, dot, table] = names
  if (schema === undefined || table === undefined || dot?.text !== '.' || names.length !== 3) return undefined
  if (kinds.length > 0) {
    const kind = kinds.map((token) => token.text).join(' ')
    const sql = `${kind} ${quoteName(schema.value)}.${quoteName(table.value)}`
    return { level: 'routine', sql, schema: schema.value }
  }
  if (schema.text === '*') return { level: 'global', sql: '*.*' }
  if (table.text === '*')
    return { level: 'schema', sql: `${quoteName(schema.value)}.*`, pattern: schema.value }
  const sql = `${quoteName(schema.value)}.${quoteName(table.value)}`
  return { level: 'table', sql, schema: schema.value, table: table.value }
}
