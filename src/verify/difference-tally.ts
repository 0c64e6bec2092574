import type { TableComparison } from '../core/ports/row-comparer.ts'
import type { PairedTable } from './table-shape.ts'

const exampleLimit = 20

/** Collects what was found in one table. */
export interface DifferenceTally {
  addRows(source: number, target: number): void
  /** @param rows how many rows the example stands for, default 1. */
  add(kind: DifferenceKind, example: () => string, rows?: number): void
  result(): TableComparison
}

export type DifferenceKind = 'missingInTarget' | 'extraInTarget' | 'different'

export function startTally(table: PairedTable): DifferenceTally {
  const counts = { sourceRows: 0, targetRows: 0, missingInTarget: 0, extraInTarget: 0, different: 0 }
  const examples: string[] = []
  return {
    addRows(source, target) {
      counts.sourceRows += source
      counts.targetRows += target
    },
    add(kind, example, rows = 1) {
      counts[kind] += rows
      if (examples.length < exampleLimit) examples.push(example())
    },
    result: () => ({ schema: table.schema, table: table.table, ...counts, examples }),
  }
}

export function isEqual(table: TableComparison): boolean {
  return table.missingInTarget === 0 && table.extraInTarget === 0 && table.different === 0
}
