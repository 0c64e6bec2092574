import { leavesBehind } from './findings.ts'
import type { StatementReader } from './statement-reader.ts'
import type { StatementTraits } from './statement-traits.ts'
import { traits, unknownStatement } from './traits.ts'

/** What follows CREATE, ALTER, DROP without ending the transaction, at least on one of the servers. */
const withoutCommit: ReadonlySet<string> = new Set(['INSTANCE', 'RESOURCE', 'SPATIAL', 'UNDO', 'LOGFILE'])

/** INSERT, REPLACE, UPDATE, DELETE. */
export function judgeChange(reader: StatementReader): StatementTraits {
  return traits(true, 'none', (reader.finish() & leavesBehind) !== 0)
}

/** LOAD DATA, LOAD XML. LOAD INDEX ends the transaction on MySQL alone. */
export function judgeLoad(reader: StatementReader): StatementTraits {
  reader.advance()
  return reader.isWord('DATA') || reader.isWord('XML') ? judgeChange(reader) : unknownStatement
}

/** ALTER, RENAME, TRUNCATE, GRANT, REVOKE, CHECK, OPTIMIZE, REPAIR; FLUSH may leave a lock. */
export function judgeDefinition(reader: StatementReader): StatementTraits {
  const leaves = reader.isWord('FLUSH')
  reader.advance()
  if (reader.kind === 'word' && withoutCommit.has(reader.word)) return unknownStatement
  return traits(true, 'implicit-commit', leaves)
}

/** CREATE; a temporary table goes with the session and leaves the transaction alone. */
export function judgeCreate(reader: StatementReader): StatementTraits {
  const definition = judgeDefinition(reader)
  if (reader.skipWord('OR')) reader.advance()
  if (!reader.skipWord('TEMPORARY')) return definition
  return reader.isWord('TABLE') ? traits(true, 'none', true) : unknownStatement
}

/** DROP; DROP PREPARE is DEALLOCATE. */
export function judgeDrop(reader: StatementReader): StatementTraits {
  const definition = judgeDefinition(reader)
  if (reader.isWord('PREPARE')) return traits(false, 'none', false)
  if (!reader.skipWord('TEMPORARY')) return definition
  return reader.isWord('TABLE') ? traits(true, 'none', false) : unknownStatement
}

/** LOCK TABLES */
export function judgeLock(reader: StatementReader): StatementTraits {
  reader.advance()
  const tables = reader.isWord('TABLES') || reader.isWord('TABLE')
  return tables ? traits(true, 'implicit-commit', true) : unknownStatement
}
