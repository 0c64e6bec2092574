import { judgeAnyQuery, judgeQuery } from './judge-query.ts'
import type { StatementReader } from './statement-reader.ts'
import type { StatementTraits } from './statement-traits.ts'
import { traits, unknownStatement } from './traits.ts'

const options: ReadonlySet<string> = new Set(['ANALYZE', 'EXTENDED', 'PARTITIONS'])

/**
 * EXPLAIN, DESCRIBE, DESC. Of a query it is as much a read as the query: stored functions in it run while it is
 * explained. Of a change it is a write, because fences refuse it as they refuse the change.
 */
export function judgeExplain(reader: StatementReader): StatementTraits {
  reader.advance()
  while (skipOption(reader));
  if (reader.isWord('FOR')) {
    reader.advance()
    if (reader.isWord('CONNECTION')) return judgeQuery(reader)
    reader.advance()
    reader.advance()
  }
  return judgeAnyQuery(reader) ?? judgeColumns(reader)
}

/** ANALYZE TABLE writes; ANALYZE before a statement runs it, as MariaDB has it. */
export function judgeAnalyze(reader: StatementReader): StatementTraits {
  reader.advance()
  while (skipOption(reader));
  if (reader.isWord('TABLE') || reader.isWord('LOCAL') || reader.isWord('NO_WRITE_TO_BINLOG'))
    return traits(true, 'implicit-commit', false)
  return judgeAnyQuery(reader) ?? unknownStatement
}

/** FORMAT = name, INTO @variable, and single words. */
function skipOption(reader: StatementReader): boolean {
  if (reader.isWord('FORMAT')) {
    reader.advance()
    if (!reader.isSymbol('=')) return false
    reader.advance()
  } else if (reader.isWord('INTO')) reader.advance()
  else if (reader.kind !== 'word' || !options.has(reader.word)) return false
  reader.advance()
  return true
}

/** `DESC schema.table 'column%'` */
function judgeColumns(reader: StatementReader): StatementTraits {
  if (!isName(reader)) return judgeShortest(reader)
  reader.advance()
  while (reader.isSymbol('.')) {
    reader.advance()
    reader.advance()
  }
  if (isName(reader) || reader.kind === 'text') reader.advance()
  return judgeShortest(reader)
}

function judgeShortest(reader: StatementReader): StatementTraits {
  return reader.atEnd ? judgeQuery(reader) : unknownStatement
}

function isName(reader: StatementReader): boolean {
  return reader.kind === 'word' || reader.kind === 'quoted'
}
