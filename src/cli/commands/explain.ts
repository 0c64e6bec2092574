import { errorMeanings, meaningsNamed } from '../../databases/error-meaning.ts'
import type { ErrorMeaning } from '../../databases/error-meaning.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { errorTable } from '../explain/error-table.ts'
import { explainMeaning } from '../explain/explain-meaning.ts'
import { meaningJson } from '../explain/meaning-json.ts'

export interface ExplainOptions {
  readonly json?: true
}

/**
 * Says what an error of the database means during a cutover: one number or symbol, or the whole table. Contacts nothing.
 * An error that is not in the table is said to be none of a cutover's, and the status is `usage`.
 */
export function explainError(name: string | undefined, options: ExplainOptions): ExitCode {
  const rows = name === undefined ? errorMeanings : meaningsNamed(name)
  if (options.json) process.stdout.write(`${JSON.stringify(describe(name, rows), null, 2)}\n`)
  else if (name === undefined) process.stdout.write(errorTable(rows))
  else if (rows.length > 0) process.stdout.write(rows.map(explainMeaning).join('\n'))
  else process.stderr.write(unknownError(name))
  return rows.length > 0 ? exitCodes.done : exitCodes.usage
}

/** What `--json` prints. Fields are only ever added. */
function describe(name: string | undefined, rows: readonly ErrorMeaning[]): object {
  const asked = name === undefined ? {} : { asked: name }
  return { kind: 'cutover-errors', version: 1, ...asked, errors: rows.map(meaningJson) }
}

function unknownError(name: string): string {
  return `error: ${name} is not in the table: it has nothing to do with a cutover, is never shown as upgrading and never replayed\n  next: cutover explain error\n`
}
