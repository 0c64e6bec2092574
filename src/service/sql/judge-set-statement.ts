import type { StatementReader } from './statement-reader.ts'
import type { StatementTraits } from './statement-traits.ts'
import { unknownStatement } from './traits.ts'

/** Variables that tune one statement. Others may change how the text after them is read. */
const tuning: ReadonlySet<string> = new Set([
  'INNODB_LOCK_WAIT_TIMEOUT',
  'JOIN_BUFFER_SIZE',
  'JOIN_CACHE_LEVEL',
  'LOCK_WAIT_TIMEOUT',
  'LONG_QUERY_TIME',
  'MAX_HEAP_TABLE_SIZE',
  'MAX_STATEMENT_TIME',
  'OPTIMIZER_SEARCH_DEPTH',
  'OPTIMIZER_SWITCH',
  'READ_BUFFER_SIZE',
  'READ_RND_BUFFER_SIZE',
  'SORT_BUFFER_SIZE',
  'TMP_TABLE_SIZE',
])

/** Words that are values. Any other would be a column, which there is not; MariaDB 10.11 can crash over it. */
const values: ReadonlySet<string> = new Set(['DEFAULT', 'FALSE', 'OFF', 'ON', 'TRUE'])

/** Steps over the variables of SET STATEMENT … FOR (MariaDB), to the statement they are for. */
export function skipStatementVariables(reader: StatementReader): StatementTraits | undefined {
  do {
    reader.advance()
    if (reader.kind !== 'word' || !tuning.has(reader.word)) return unknownStatement
    reader.advance()
    if (!reader.isSymbol('=')) return unknownStatement
    reader.advance()
    if (!isPlainValue(reader)) return unknownStatement
    reader.advance()
  } while (reader.isSymbol(','))
  return reader.skipWord('FOR') ? undefined : unknownStatement
}

function isPlainValue(reader: StatementReader): boolean {
  if (reader.kind === 'number' || reader.kind === 'text') return true
  return reader.kind === 'word' && values.has(reader.word)
}
