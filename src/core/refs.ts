import { z } from 'zod'
import { secretRefPattern } from './secret.ts'

/**
 * Schemas for values that name something else in the playbook. The `refersTo` mark is read by the playbook checker,
 * which reports a name that does not exist with its place in the file.
 */
export type RefersTo = 'database' | 'sync' | 'config-center' | 'service'

/**
 * The `holds` mark of a schema: what its text means. The playbook checker never shows what stands in a `secret`
 * field, and says how a `duration` is written.
 */
export type Holds = 'secret' | 'duration'

export function databaseRef(description: string): z.ZodString {
  return z.string().meta({ description, refersTo: 'database' })
}

export function syncRef(description: string): z.ZodString {
  return z.string().meta({ description, refersTo: 'sync' })
}

export function serviceRef(description: string): z.ZodString {
  return z.string().meta({ description, refersTo: 'service' })
}

export function secretRef(description: string): z.ZodString {
  return z
    .string()
    .regex(
      secretRefPattern,
      'a secret reference: env:NAME, file:/path, file:/path#key, cmd:["program"], generated:name',
    )
    .meta({ description, examples: ['env:ORDERS_RO_PASSWORD'], holds: 'secret' })
}

/** A database account as `user` (any host, `%`) or `user@host`. */
export interface AccountName {
  readonly user: string
  readonly host: string
}

export function accountRef(description: string): z.ZodType<AccountName> {
  return z
    .string()
    .regex(/^[^@'"`\\]{1,80}(@[^@'"`\\]{1,255})?$/, 'an account: user, or user@host')
    .transform(parseAccountName)
    .meta({ description, examples: ['orders_ro', 'orders_ro@10.%'] })
}

export function parseAccountName(text: string): AccountName {
  const [user = '', host = '%'] = text.split('@')
  return { user, host }
}

export function formatAccountName(account: AccountName): string {
  return `'${account.user}'@'${account.host}'`
}

/** Tables of one schema: `orders` (all of it) or a list of table names. */
export interface TableSet {
  readonly schema: string
  /** Absent: every base table of the schema. */
  readonly tables?: readonly string[] | undefined
}

export const tableSet = z.strictObject({
  schema: z.string().min(1).meta({ description: 'Schema (database) name, unquoted.' }),
  tables: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .meta({ description: 'Table names. Left out: every base table of the schema.' }),
}) satisfies z.ZodType<TableSet>
