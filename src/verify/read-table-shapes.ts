import type { TableSet } from '../core/refs.ts'
import { textOf, type AnsweredRow, type Side } from './compare-connection.ts'
import type { ColumnShape, TableShape } from './table-shape.ts'

const columnsSql = `SELECT c.TABLE_NAME AS table_name, c.COLUMN_NAME AS column_name, c.DATA_TYPE AS data_type,
  c.COLUMN_TYPE AS column_type, c.CHARACTER_SET_NAME AS charset, c.COLLATION_NAME AS collation_name,
  c.IS_NULLABLE AS nullable, c.EXTRA AS extra
  FROM information_schema.COLUMNS c
  JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
  WHERE c.TABLE_SCHEMA = ? AND t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')
  ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION`

const keysSql = `SELECT s.TABLE_NAME AS table_name, s.COLUMN_NAME AS column_name, s.SUB_PART AS sub_part
  FROM information_schema.STATISTICS s
  WHERE s.TABLE_SCHEMA = ? AND s.INDEX_NAME = 'PRIMARY'
  ORDER BY s.TABLE_NAME, s.SEQ_IN_INDEX`

/**
 * The base tables of a set on one server, by name. Named tables that are not there are left out;
 * views hold no rows of their own and are left out too.
 */
export async function readTableShapes(
  side: Side,
  set: TableSet,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TableShape>> {
  const columns = groupByTable(await side.connection.query(columnsSql, [set.schema], signal))
  const keys = groupByTable(await side.connection.query(keysSql, [set.schema], signal))
  const wanted = set.tables ?? [...columns.keys()]
  const shapes = new Map<string, TableShape>()
  for (const table of wanted) {
    const rows = columns.get(table)
    if (rows) shapes.set(table, toShape(set.schema, table, rows, keys.get(table) ?? []))
  }
  return shapes
}

function groupByTable(rows: readonly AnsweredRow[]): Map<string, AnsweredRow[]> {
  const groups = new Map<string, AnsweredRow[]>()
  for (const row of rows) {
    const name = textOf(row, 'table_name') ?? ''
    const group = groups.get(name)
    if (group) group.push(row)
    else groups.set(name, [row])
  }
  return groups
}

function toShape(
  schema: string,
  table: string,
  columns: readonly AnsweredRow[],
  key: readonly AnsweredRow[],
): TableShape {
  return {
    schema,
    table,
    columns: columns.map(toColumn),
    key: key.map((row) => textOf(row, 'column_name') ?? ''),
    prefixKey: key.some((row) => textOf(row, 'sub_part') !== null),
  }
}

function toColumn(row: AnsweredRow): ColumnShape {
  const extra = textOf(row, 'extra') ?? ''
  return {
    name: textOf(row, 'column_name') ?? '',
    dataType: (textOf(row, 'data_type') ?? '').toLowerCase(),
    columnType: (textOf(row, 'column_type') ?? '').toLowerCase(),
    charset: textOf(row, 'charset'),
    collation: textOf(row, 'collation_name'),
    nullable: textOf(row, 'nullable') !== 'NO',
    virtual: /virtual/i.test(extra),
  }
}
