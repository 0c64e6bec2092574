import { z } from 'zod'
import type { FenceSpec } from './ports/database-server.ts'
import { accountRef, databaseRef, tableSet } from './refs.ts'

/** A fence around accounts: others go on writing. */
export const accountFence = z.strictObject({
  database: databaseRef('Server whose writes stop.'),
  fence: z.literal('account').meta({
    description: 'account: the write rights of these accounts on these tables are revoked; others go on.',
  }),
  accounts: z
    .array(accountRef('Account that writes the tables: user, or user@host as the server knows it.'))
    .min(1)
    .meta({ description: 'Every account that may write the tables.' }),
  tables: z.array(tableSet).min(1).meta({ description: 'Tables that stop.' }),
})

/** A fence around whole schemas. */
export const schemaFence = z.strictObject({
  database: databaseRef('Server whose writes stop.'),
  fence: z.literal('schema').meta({
    description:
      'schema: the schemas become read-only for everybody; only for schemas the service owns alone. MySQL 8.0.22 and later.',
  }),
  schemas: z.array(z.string().min(1)).min(1).meta({ description: 'Schema (database) names, unquoted.' }),
})

/** A fence around a whole server. */
export const instanceFence = z.strictObject({
  database: databaseRef('Server whose writes stop.'),
  fence: z.literal('instance').meta({
    description: 'instance: the whole server becomes read-only; only for a server the service owns alone.',
  }),
})

/** The fence of a playbook. */
export const fenceWish = z.discriminatedUnion('fence', [accountFence, schemaFence, instanceFence])
/** As the schema returns it. */
export type FenceWish = z.infer<typeof fenceWish>

/** The fence as the database port knows it. */
export function fenceSpecOf(want: FenceWish): FenceSpec {
  if (want.fence === 'instance') return { kind: 'instance' }
  if (want.fence === 'schema') return { kind: 'schema', schemas: want.schemas }
  return { kind: 'account', accounts: want.accounts, tables: want.tables }
}
