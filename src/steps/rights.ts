import type { Grant } from '../core/ports/database-server.ts'
import type { TableSet } from '../core/refs.ts'
import { formatTableSets } from '../core/table-names.ts'

export const rightsNames = ['read-only', 'read-write'] as const
export type Rights = (typeof rightsNames)[number]

const privileges: Readonly<Record<Rights, readonly string[]>> = {
  'read-only': ['SELECT'],
  'read-write': ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
}

/** The least a service needs. Nothing that could write by a detour (EXECUTE, TRIGGER, CREATE TEMPORARY TABLES). */
export function grantsFor(rights: Rights, tables: readonly TableSet[]): readonly Grant[] {
  return tables.map((on) => ({ privileges: privileges[rights], on }))
}

/** What a service's writes need. */
export const writePrivileges: readonly string[] = ['INSERT', 'UPDATE', 'DELETE']

/** `SELECT on orders.*; INSERT, UPDATE on stock.items`; empty for no grants. */
export function formatGrants(grants: readonly Grant[]): string {
  return grants.map((grant) => `${grant.privileges.join(', ')} on ${formatTableSets([grant.on])}`).join('; ')
}
