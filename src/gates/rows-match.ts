import { z } from 'zod'
import { defineGate, type GateReading } from '../core/gate.ts'
import type { Comparison, TableComparison } from '../core/ports/row-comparer.ts'
import { databaseRef, tableSet } from '../core/refs.ts'
import { formatTableSets } from '../core/table-names.ts'
import { readSafely } from './safe-reading.ts'

const schema = z.strictObject({
  source: databaseRef('Server whose rows are right.'),
  target: databaseRef('Server that must have the same rows.'),
  tables: z.array(tableSet).min(1).meta({ description: 'Tables to compare, every row and every column.' }),
})
type Want = z.infer<typeof schema>

const keysShown = 5

/**
 * Every row is equal on both servers. Meant for behind the fence and after caught-up: nothing is on its way any more
 * then, so a difference stays one and the gate gives up at once.
 */
export const rowsMatch = defineGate<Want>({
  kind: 'rows-match',
  summary: 'Every row and column of the tables is equal on both servers.',
  schema,
  defaults: { deadlineMs: 600_000, everyMs: 1000, goodReadings: 1 },
  describe: (want) => `${formatTableSets(want.tables)} equal on ${want.source} and ${want.target}`,

  open(context, want) {
    return Promise.resolve({
      read: (signal) =>
        readSafely(signal, async () => toReading(want, await context.ports.rows.compare(want, signal))),
    })
  },
})

function toReading(want: Want, comparison: Comparison): GateReading {
  const measured = `${comparison.rowsCompared} rows in ${comparison.tables.length} tables compared`
  // Comparing nothing proves nothing: a misspelt schema must not open the gate.
  if (comparison.tables.length === 0) {
    return {
      state: 'closed',
      final: true,
      measured,
      reason: `no table found in ${formatTableSets(want.tables)}`,
    }
  }
  if (comparison.equal) return { state: 'open', measured: `${measured}, all equal` }
  const unequal = comparison.tables.filter(differs).map((table) => describeTable(want, table))
  return {
    state: 'closed',
    final: true,
    reason: `rows differ: ${unequal.join('; ') || formatTableSets(want.tables)}`,
    measured,
    hint: `Find out who wrote to ${want.target}, or what the sync left out; repair the rows and start again.`,
  }
}

function differs(table: TableComparison): boolean {
  return (
    table.missingInTarget + table.extraInTarget + table.different > 0 || table.sourceRows !== table.targetRows
  )
}

function describeTable(want: Want, table: TableComparison): string {
  const counts = [
    [table.missingInTarget, `missing on ${want.target}`],
    [table.extraInTarget, `only on ${want.target}`],
    [table.different, 'different'],
  ] as const
  const parts = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  const rows = `${table.sourceRows} and ${table.targetRows} rows`
  const keys = table.examples.slice(0, keysShown).join(', ')
  return `${table.schema}.${table.table}: ${[...parts, rows].join(', ')}${keys === '' ? '' : ` (${keys})`}`
}
