import type { ErrorMeaning } from '../../databases/error-meaning.ts'

const columns = ['errno', 'on', 'class', 'upgrading', 'provoked', 'symbol', 'when'] as const

const upgrading = { true: 'yes', false: 'no', 'by-option': 'by option', 'by-verb': 'by verb' } as const

/** The whole table, one line a row, in the order of the numbers. */
export function errorTable(meanings: readonly ErrorMeaning[]): string {
  const rows = meanings
    .toSorted((a, b) => a.errno - b.errno)
    .map((meaning): readonly string[] => [
      String(meaning.errno),
      meaning.flavour,
      meaning.class,
      upgrading[`${meaning.refusesWrites}`],
      meaning.source.provokedOn.join(' ') || 'no',
      meaning.symbol,
      meaning.when,
    ])
  const all = [columns, ...rows]
  const widths = columns.map((_, index) => Math.max(...all.map((row) => row[index]?.length ?? 0)))
  return all
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}
