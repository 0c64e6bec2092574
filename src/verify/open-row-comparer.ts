import type { RowComparer, TableComparison } from '../core/ports/row-comparer.ts'
import type { TableSet } from '../core/refs.ts'
import { compareHeap } from './compare-heap.ts'
import { compareKeyed } from './compare-keyed.ts'
import type { ConnectForCompare, Side } from './compare-connection.ts'
import { isEqual } from './difference-tally.ts'
import { openSide } from './open-side.ts'
import { pairTables } from './pair-tables.ts'
import { readTableShapes } from './read-table-shapes.ts'
import type { PairedTable } from './table-shape.ts'

export interface RowComparerOptions {
  /** Rows of one digest, default 50,000: small enough to stop quickly, large enough to cost nothing. */
  readonly chunkRows?: number
  /** Row hashes held in memory when a table without a key differs, default 400,000. */
  readonly heapRowsPerPass?: number
}

/**
 * Compares rows exactly: every stored column of every row, by SHA-256 made in the servers.
 * @throws CutoverError `verify.failed` when a table or column is missing on one side; `system.unsupported` when
 *   values cannot be compared; what `connect` and its session throw.
 */
export function openRowComparer(connect: ConnectForCompare, options: RowComparerOptions = {}): RowComparer {
  const { chunkRows = 50_000, heapRowsPerPass = 400_000 } = options
  return {
    async compare(request, signal) {
      await using source = await openSide(connect, request.source, signal)
      await using target = await openSide(connect, request.target, signal)
      const tables: TableComparison[] = []
      for (const table of await tablesOf(source, target, request.tables, signal)) {
        // One table at a time: both servers are busy with it, a second one would only wait for the same cores.
        tables.push(
          table.key.length > 0
            ? await compareKeyed(source, target, table, chunkRows, signal)
            : await compareHeap(source, target, table, heapRowsPerPass, signal),
        )
      }
      const rowsCompared = tables.reduce(
        (sum, table) => sum + Math.max(table.sourceRows, table.targetRows),
        0,
      )
      return { equal: tables.every(isEqual), tables, rowsCompared }
    },
  }
}

async function tablesOf(
  source: Side,
  target: Side,
  sets: readonly TableSet[],
  signal: AbortSignal,
): Promise<readonly PairedTable[]> {
  const tables: PairedTable[] = []
  for (const set of sets) {
    const [left, right] = await Promise.all([
      readTableShapes(source, set, signal),
      readTableShapes(target, set, signal),
    ])
    const pair = pairTables(
      set.schema,
      set.tables,
      { name: source.name, shapes: left },
      { name: target.name, shapes: right },
    )
    tables.push(...pair)
  }
  return tables
}
