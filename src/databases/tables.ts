import type { TableDefinition } from '../core/ports/database-server.ts'
import type { TableSet } from '../core/refs.ts'
import { readConstraints } from './constraints.ts'
import { describeColumn } from './describe-column.ts'
import { normaliseCharset } from './normalise-charset.ts'
import { readSet } from './read-set.ts'
import type { ServerSession } from './server-session.ts'
import type { Row } from './statement.ts'

/** The base tables of a set, by name. A table that does not exist is left out. */
export async function readTables(
  session: ServerSession,
  set: TableSet,
  signal: AbortSignal,
): Promise<readonly TableDefinition[]> {
  const [tables, columns, keys, triggers, constraints] = [
    await readSet(session, set, tableQuery, signal),
    await readSet(session, set, columnQuery, signal),
    await readSet(session, set, primaryKeyQuery, signal),
    await readSet(session, set, triggerQuery, signal),
    await readConstraints(session, set, signal),
  ]
  return tables.map((table) => {
    const of = (rows: readonly Row[]): readonly Row[] => rows.filter((row) => row['tab'] === table['tab'])
    return {
      schema: set.schema,
      table: String(table['tab']),
      engine: String(table['engine']),
      collation: normaliseCharset(String(table['collation'])),
      columns: of(columns).map(describeColumn),
      primaryKey: of(keys).map((row) => String(row['col'])),
      constraints: constraints.get(String(table['tab'])) ?? [],
      triggers: of(triggers).map((row) => String(row['name'])),
    }
  })
}

/** Names of the set's tables that exist: the plain list that fences and counters work on. */
export async function readTableNames(
  session: ServerSession,
  set: TableSet,
  signal: AbortSignal,
): Promise<readonly string[]> {
  return (await readSet(session, set, tableQuery, signal)).map((row) => String(row['tab']))
}

const tableQuery = (wanted: string): string => `
  SELECT TABLE_NAME AS tab, ENGINE AS engine, TABLE_COLLATION AS collation FROM information_schema.TABLES
  WHERE TABLE_SCHEMA = ? AND ${wanted.replace('%s', 'TABLE_NAME')} AND TABLE_TYPE = 'BASE TABLE'
  ORDER BY TABLE_NAME`

const columnQuery = (wanted: string): string => `
  SELECT TABLE_NAME AS tab, COLUMN_NAME AS col, COLUMN_TYPE AS type, IS_NULLABLE AS nullable,
    COLUMN_DEFAULT AS def, EXTRA AS extra, COLLATION_NAME AS collation, GENERATION_EXPRESSION AS expression
  FROM information_schema.COLUMNS
  WHERE TABLE_SCHEMA = ? AND ${wanted.replace('%s', 'TABLE_NAME')} ORDER BY TABLE_NAME, ORDINAL_POSITION`

const primaryKeyQuery = (wanted: string): string => `
  SELECT TABLE_NAME AS tab, COLUMN_NAME AS col FROM information_schema.KEY_COLUMN_USAGE
  WHERE CONSTRAINT_NAME = 'PRIMARY' AND TABLE_SCHEMA = ? AND ${wanted.replace('%s', 'TABLE_NAME')}
  ORDER BY TABLE_NAME, ORDINAL_POSITION`

const triggerQuery = (wanted: string): string => `
  SELECT EVENT_OBJECT_TABLE AS tab, CONCAT(ACTION_TIMING, ' ', EVENT_MANIPULATION, ' ', TRIGGER_NAME) AS name
  FROM information_schema.TRIGGERS
  WHERE EVENT_OBJECT_SCHEMA = ? AND ${wanted.replace('%s', 'EVENT_OBJECT_TABLE')}
  ORDER BY EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER`
