import type { TableSet } from './refs.ts'

/** `orders.*, stock.items, stock.moves`: table sets for a person to read. */
export function formatTableSets(sets: readonly TableSet[]): string {
  return sets.flatMap((set) => (set.tables ?? ['*']).map((table) => `${set.schema}.${table}`)).join(', ')
}
