import type { AccountName } from '../core/refs.ts'

/** Quotes the name of a schema, table or column. The only way a name gets into a statement. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

export function quoteTable(schema: string, table: string): string {
  return `${quoteName(schema)}.${quoteName(table)}`
}

/** Quotes an account for GRANT, CREATE USER and the like. Sessions of the kit never run with ANSI_QUOTES. */
export function quoteAccount(account: AccountName): string {
  return `${quoteName(account.user)}@${quoteName(account.host)}`
}

/** A role: MariaDB's have no host. */
export function quoteRole(role: RoleName): string {
  return role.host === undefined ? quoteName(role.user) : quoteAccount({ user: role.user, host: role.host })
}

export interface RoleName {
  readonly user: string
  readonly host: string | undefined
}

/** A schema as GRANT wants it: there `_` and `%` stand for any characters unless they are escaped. */
export function quoteSchemaPattern(schema: string): string {
  return quoteName(schema.replace(/[\\_%]/g, '\\$&'))
}

/** Does a pattern with `_`, `%` and `\` escapes, as GRANT stores it for schemas and hosts, match the text? */
export function matchesPattern(pattern: string, text: string): boolean {
  const source = pattern.replace(/\\(.)|(%)|(_)|([\s\S])/g, (_, escaped, percent, underscore, other) => {
    if (percent !== undefined) return '[\\s\\S]*'
    if (underscore !== undefined) return '[\\s\\S]'
    return String(escaped ?? other).replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
  })
  return new RegExp(`^${source}$`, 'i').test(text)
}
