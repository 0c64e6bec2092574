import { CutoverError } from '../core/errors.ts'
import type { FenceSpec, SchemaState } from '../core/ports/database-server.ts'
import { versionNumber } from './identity.ts'
import type { Connection } from './connection.ts'
import { quoteName } from './quote.ts'
import { formatAddress } from './server-address.ts'
import type { ServerSession } from './server-session.ts'

export type SchemaFenceSpec = Extract<FenceSpec, { kind: 'schema' }>

/** 8.0.22 */
const firstVersion = 80_022

/**
 * Which of the schemas refuse writes.
 * @throws `system.unsupported` on MariaDB and older MySQL, `system.refused` when there is no such schema.
 */
export async function readSchemas(
  session: ServerSession,
  { schemas }: SchemaFenceSpec,
  signal: AbortSignal,
): Promise<readonly SchemaState[]> {
  requireSchemaFence(session)
  const rows = await session.connection.read(
    {
      doing: 'read whether its schemas refuse writes',
      sql: `SELECT SCHEMA_NAME AS sch, OPTIONS AS options FROM information_schema.SCHEMATA_EXTENSIONS
        WHERE SCHEMA_NAME IN (${schemas.map(() => '?').join(', ')})`,
      values: schemas,
    },
    signal,
  )
  const found = new Map(rows.map((row) => [String(row['sch']), /READ ONLY=1/.test(String(row['options']))]))
  return schemas.map((schema) => {
    const readOnly = found.get(schema)
    if (readOnly === undefined) throw noSuchSchema(session, schema)
    return { schema, readOnly }
  })
}

/** The image of schemas that all refuse writes, or that all take them. */
export function schemasAs({ schemas }: SchemaFenceSpec, readOnly: boolean): readonly SchemaState[] {
  return schemas.map((schema) => ({ schema, readOnly }))
}

/**
 * Makes the schemas refuse everybody's writes, whatever his rights, or take them again. What replication applies goes on
 * all the same. The statement waits for transactions that have used a table of the schema, readers included, and the
 * server keeps it over a restart. It replicates, so that the target would be closed with the source: it must be kept out
 * of the log (all measured on 9.7.4).
 *
 * @param connection a session whose statements are not logged.
 */
export async function setSchemas(
  session: ServerSession,
  connection: Connection,
  states: readonly SchemaState[],
  signal: AbortSignal,
): Promise<void> {
  requireSchemaFence(session)
  for (const { schema, readOnly } of states) {
    await connection.change(
      {
        doing: `make schema ${schema} ${readOnly ? 'refuse' : 'take'} writes`,
        sql: `ALTER SCHEMA ${quoteName(schema)} READ ONLY = ${readOnly ? 1 : 0}`,
        needs: `ALTER on ${schema}.*`,
      },
      signal,
    )
  }
}

/** What keeps the schema fence from being up. */
export async function findSchemaGaps(
  session: ServerSession,
  spec: SchemaFenceSpec,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const open = (await readSchemas(session, spec, signal)).filter(({ readOnly }) => !readOnly)
  return open.map(({ schema }) => `schema ${schema} is not read-only`)
}

function requireSchemaFence({ identity, address }: ServerSession): void {
  if (identity.flavour === 'mysql' && versionNumber(identity.version) >= firstVersion) return
  const product = identity.flavour === 'mysql' ? 'MySQL' : 'MariaDB'
  throw new CutoverError(
    'system.unsupported',
    `${formatAddress(address)} is ${product} ${identity.version}, which cannot make a single schema read-only`,
    {
      where: `${address.host}:${address.port}`,
      hint: 'Write fence: account, or fence: instance when the service owns the whole server. MySQL can do it from 8.0.22 on.',
    },
  )
}

function noSuchSchema({ address }: ServerSession, schema: string): CutoverError {
  return new CutoverError('system.refused', `${formatAddress(address)} has no schema ${schema}`, {
    where: `${address.host}:${address.port}`,
    hint: 'Write the schema exactly as SHOW DATABASES shows it.',
  })
}
