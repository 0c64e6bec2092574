import { findings } from './findings.ts'
import {
  judgeChange,
  judgeCreate,
  judgeDefinition,
  judgeDrop,
  judgeLoad,
  judgeLock,
} from './judge-definition.ts'
import { judgeAnalyze, judgeExplain } from './judge-explain.ts'
import { judgeBrackets, judgeHandler, judgeQuery, judgeShow, judgeWith } from './judge-query.ts'
import { skipStatementVariables } from './judge-set-statement.ts'
import { judgeDo, judgeSet } from './judge-set.ts'
import {
  judgeBegin,
  judgeCommit,
  judgeRelease,
  judgeRollback,
  judgeSavepoint,
  judgeStart,
} from './judge-transaction.ts'
import type { StatementReader } from './statement-reader.ts'
import type { StatementTraits } from './statement-traits.ts'
import { traits, unknownStatement } from './traits.ts'

type Judge = (reader: StatementReader) => StatementTraits

const always =
  (answer: StatementTraits): Judge =>
  () =>
    answer

/** Who judges a statement with this first word. Without one, nothing is known of it. */
const judges: ReadonlyMap<string, Judge> = new Map([
  ['SELECT', judgeQuery],
  ['TABLE', judgeQuery],
  ['VALUES', judgeQuery],
  ['WITH', judgeWith],
  ['SHOW', judgeShow],
  ['HELP', judgeShow],
  ['CHECKSUM', judgeShow],
  ['HANDLER', judgeHandler],
  ['EXPLAIN', judgeExplain],
  ['DESCRIBE', judgeExplain],
  ['DESC', judgeExplain],
  ['ANALYZE', judgeAnalyze],
  ['INSERT', judgeChange],
  ['REPLACE', judgeChange],
  ['UPDATE', judgeChange],
  ['DELETE', judgeChange],
  ['LOAD', judgeLoad],
  ['START', judgeStart],
  ['BEGIN', judgeBegin],
  ['COMMIT', judgeCommit],
  ['ROLLBACK', judgeRollback],
  ['SAVEPOINT', judgeSavepoint],
  ['RELEASE', judgeRelease],
  ['SET', judgeSet],
  ['DO', judgeDo],
  ['USE', always(traits(false, 'none', true))],
  ['KILL', always(traits(true, 'none', false))],
  ['PREPARE', always(traits(true, 'none', true))],
  ['DEALLOCATE', always(traits(false, 'none', false))],
  ['CREATE', judgeCreate],
  ['DROP', judgeDrop],
  ['ALTER', judgeDefinition],
  ['RENAME', judgeDefinition],
  ['TRUNCATE', judgeDefinition],
  ['GRANT', judgeDefinition],
  ['REVOKE', judgeDefinition],
  ['CHECK', judgeDefinition],
  ['OPTIMIZE', judgeDefinition],
  ['REPAIR', judgeDefinition],
  ['FLUSH', judgeDefinition],
  ['LOCK', judgeLock],
  // It ends a transaction only when tables are locked.
  ['UNLOCK', always(traits(false, 'unclear', false))],
])

/** Describes the statement whose first token the reader is at, and steps to its end. */
export function judgeStatement(reader: StatementReader): StatementTraits {
  const answer = judgeFirst(reader)
  const found = reader.finish()
  return (found & findings.labelled) === 0 ? answer : unknownStatement
}

function judgeFirst(reader: StatementReader): StatementTraits {
  if (reader.isSymbol('(')) return judgeBrackets(reader)
  if (reader.kind !== 'word') return unknownStatement
  const judge = judges.get(reader.word)
  if (judge === undefined) return unknownStatement
  return judge === judgeSet ? judgeSetOrMore(reader) : judge(reader)
}

/** SET STATEMENT is for the statement after it; anything but a query there is more than it needs to be. */
function judgeSetOrMore(reader: StatementReader): StatementTraits {
  reader.advance()
  if (!reader.isWord('STATEMENT')) return judgeSet(reader)
  return skipStatementVariables(reader) ?? judgeFirst(reader)
}
