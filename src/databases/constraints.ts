import type { TableSet } from '../core/refs.ts'
import { readSet } from './read-set.ts'
import type { ServerSession } from './server-session.ts'
import type { Row } from './statement.ts'

/**
 * What keeps wrong rows out of each table besides its primary key: unique and foreign keys, one line each, without the
 * names they were given, sorted. Both products write the same line for the same rule.
 */
export async function readConstraints(
  session: ServerSession,
  set: TableSet,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const unique = groupByKey(await readSet(session, set, uniqueKeyQuery, signal))
  const foreign = groupByKey(await readSet(session, set, foreignKeyQuery, signal))
  const lines = new Map<string, string[]>()
  for (const [rows, describe] of [
    [unique, describeUnique],
    [foreign, describeForeign],
  ] as const) {
    for (const parts of rows) {
      const table = String(parts[0]?.['tab'])
      lines.set(table, [...(lines.get(table) ?? []), describe(parts)].sort())
    }
  }
  return lines
}

/** The columns of each key together, in their order. */
function groupByKey(rows: readonly Row[]): readonly (readonly Row[])[] {
  const keys = new Map<string, Row[]>()
  for (const row of rows) {
    const name = JSON.stringify([row['tab'], row['name']])
    keys.set(name, [...(keys.get(name) ?? []), row])
  }
  return [...keys.values()]
}

function describeUnique(parts: readonly Row[]): string {
  const columns = parts.map((row) =>
    row['part'] === null ? String(row['col']) : `${String(row['col'])}(${String(row['part'])})`,
  )
  return `unique (${columns.join(', ')})`
}

function describeForeign(parts: readonly Row[]): string {
  const [first] = parts
  const columns = parts.map((row) => String(row['col'])).join(', ')
  const parents = parts.map((row) => String(row['parentcol'])).join(', ')
  const rules = `on update ${ruleOf(first?.['upd'])} on delete ${ruleOf(first?.['del'])}`
  return `foreign key (${columns}) references ${String(first?.['parent'])} (${parents}) ${rules}`
}

/** InnoDB does the same for both words, and the products report different ones as their default. */
function ruleOf(rule: unknown): string {
  const text = String(rule).toLowerCase()
  return text === 'no action' ? 'restrict' : text
}

const uniqueKeyQuery = (wanted: string): string => `
  SELECT TABLE_NAME AS tab, INDEX_NAME AS name, COLUMN_NAME AS col, SUB_PART AS part
  FROM information_schema.STATISTICS
  WHERE NON_UNIQUE = 0 AND INDEX_NAME <> 'PRIMARY' AND TABLE_SCHEMA = ? AND ${wanted.replace('%s', 'TABLE_NAME')}
  ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`

const foreignKeyQuery = (wanted: string): string => `
  SELECT k.TABLE_NAME AS tab, k.CONSTRAINT_NAME AS name, k.COLUMN_NAME AS col,
    CONCAT(k.REFERENCED_TABLE_SCHEMA, '.', k.REFERENCED_TABLE_NAME) AS parent,
    k.REFERENCED_COLUMN_NAME AS parentcol, r.UPDATE_RULE AS upd, r.DELETE_RULE AS del
  FROM information_schema.KEY_COLUMN_USAGE k
  JOIN information_schema.REFERENTIAL_CONSTRAINTS r
    ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME
  WHERE k.REFERENCED_TABLE_NAME IS NOT NULL AND k.TABLE_SCHEMA = ? AND ${wanted.replace('%s', 'k.TABLE_NAME')}
  ORDER BY k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION`
