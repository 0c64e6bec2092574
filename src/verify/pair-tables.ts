import { CutoverError } from '../core/errors.ts'
import { orderedTypes } from './column-kinds.ts'
import type { ColumnShape, PairedColumn, PairedTable, TableShape } from './table-shape.ts'

export interface ShapesOfSide {
  readonly name: string
  readonly shapes: ReadonlyMap<string, TableShape>
}

/**
 * Brings the tables of both servers together.
 * @param named tables the request names; undefined: every table either server has.
 * @throws CutoverError `verify.failed` when one server lacks a table or a column, `system.unsupported` when values
 *   of a column cannot be compared as they are.
 */
export function pairTables(
  schema: string,
  named: readonly string[] | undefined,
  source: ShapesOfSide,
  target: ShapesOfSide,
): readonly PairedTable[] {
  const names = named ?? [...new Set([...source.shapes.keys(), ...target.shapes.keys()])].sort()
  if (names.length === 0) {
    throw new CutoverError('verify.failed', `Schema ${schema} has no tables on ${source.name}.`, {
      where: `${source.name} ${schema}`,
      hint: 'Check the schema name, and that the account may SELECT from it.',
    })
  }
  return names.map((table) =>
    pairTable(shapeOn(source, schema, table), shapeOn(target, schema, table), source.name, target.name),
  )
}

function shapeOn(side: ShapesOfSide, schema: string, table: string): TableShape {
  const shape = side.shapes.get(table)
  if (shape) return shape
  throw new CutoverError('verify.failed', `Table ${schema}.${table} is not on ${side.name}.`, {
    where: `${side.name} ${schema}.${table}`,
    hint: 'Let the sync create it, or name only the tables that move; the account must be allowed to SELECT from it.',
  })
}

function pairTable(
  source: TableShape,
  target: TableShape,
  sourceName: string,
  targetName: string,
): PairedTable {
  const onTarget = new Map(target.columns.map((column) => [column.name.toLowerCase(), column]))
  const missing = source.columns.filter((column) => !onTarget.delete(column.name.toLowerCase()))
  const where = `${source.schema}.${source.table}`
  if (missing.length > 0 || onTarget.size > 0) {
    const lacks = [
      ...missing.map((column) => `${column.name} is only on ${sourceName}`),
      ...[...onTarget.values()].map((column) => `${column.name} is only on ${targetName}`),
    ]
    throw new CutoverError('verify.failed', `The columns of ${where} differ: ${lacks.join(', ')}.`, {
      where,
      hint: 'Make both definitions equal, then compare again.',
    })
  }
  const columns = pairColumns(source, target)
  return { schema: source.schema, table: source.table, columns, key: sharedKey(source, target, columns) }
}

function pairColumns(source: TableShape, target: TableShape): PairedColumn[] {
  const onTarget = new Map(target.columns.map((column) => [column.name.toLowerCase(), column]))
  const columns: PairedColumn[] = []
  for (const column of source.columns) {
    const other = onTarget.get(column.name.toLowerCase())
    if (!other || (column.virtual && other.virtual)) continue
    refuseIncomparable(source, column, other)
    columns.push({ name: column.name, source: column, target: other })
  }
  return columns
}

/** MySQL normalises JSON when it stores it, MariaDB keeps the text: equal documents read differently. */
function refuseIncomparable(shape: TableShape, source: ColumnShape, target: ColumnShape): void {
  const where = `${shape.schema}.${shape.table}.${source.name}`
  if ((source.dataType === 'json') === (target.dataType === 'json')) return
  throw new CutoverError(
    'system.unsupported',
    `Column ${where} is ${source.dataType} on the source and ${target.dataType} on the target.`,
    { where, hint: 'JSON can be compared exactly only between two servers of the same kind.' },
  )
}

/** The key when both servers walk it in the same order, else nothing: chunks would not hold the same rows. */
function sharedKey(
  source: TableShape,
  target: TableShape,
  columns: readonly PairedColumn[],
): readonly PairedColumn[] {
  const sameNames = source.key.join('\n').toLowerCase() === target.key.join('\n').toLowerCase()
  if (!sameNames || source.prefixKey || target.prefixKey) return []
  const key = source.key.map((name) => columns.find((column) => column.name === name))
  return key.every((column) => column !== undefined && ordersAlike(column)) ? (key as PairedColumn[]) : []
}

function ordersAlike({ source, target }: PairedColumn): boolean {
  return (
    source.dataType === target.dataType &&
    source.collation === target.collation &&
    orderedTypes.has(source.dataType)
  )
}
