import type { StatementReader } from './statement-reader.ts'
import type { StatementTraits, TransactionEffect } from './statement-traits.ts'
import { traits, unknownStatement } from './traits.ts'

/** START TRANSACTION with its characteristics. Everything else that starts is replication. */
export function judgeStart(reader: StatementReader): StatementTraits {
  reader.advance()
  if (!reader.skipWord('TRANSACTION')) return unknownStatement
  let effect: TransactionEffect = 'begin'
  while (!reader.atEnd) {
    if (reader.skipWord('READ')) {
      if (reader.isWord('ONLY')) effect = 'begin-read-only'
      else if (!reader.isWord('WRITE')) return unknownStatement
      reader.advance()
    } else if (!skipWords(reader, 'WITH', 'CONSISTENT', 'SNAPSHOT')) return unknownStatement
    if (reader.isSymbol(',')) reader.advance()
  }
  return traits(false, effect, false)
}

/** BEGIN [WORK]. With anything after it, it is a block of statements. */
export function judgeBegin(reader: StatementReader): StatementTraits {
  reader.advance()
  reader.skipWord('WORK')
  return reader.atEnd ? traits(false, 'begin', false) : unknownStatement
}

/** COMMIT [WORK] [AND [NO] CHAIN] [[NO] RELEASE] */
export function judgeCommit(reader: StatementReader): StatementTraits {
  reader.advance()
  reader.skipWord('WORK')
  return judgeCompletion(reader, 'commit', 'commit-chain')
}

/** ROLLBACK as COMMIT; ROLLBACK TO [SAVEPOINT] name goes on with the transaction. */
export function judgeRollback(reader: StatementReader): StatementTraits {
  reader.advance()
  reader.skipWord('WORK')
  if (!reader.skipWord('TO')) return judgeCompletion(reader, 'rollback', 'rollback-chain')
  reader.skipWord('SAVEPOINT')
  return judgeName(reader)
}

/** SAVEPOINT name */
export function judgeSavepoint(reader: StatementReader): StatementTraits {
  reader.advance()
  return judgeName(reader)
}

/** RELEASE SAVEPOINT name */
export function judgeRelease(reader: StatementReader): StatementTraits {
  reader.advance()
  return reader.skipWord('SAVEPOINT') ? judgeName(reader) : unknownStatement
}

/** A savepoint goes with its transaction, so it is no state that stays. */
function judgeName(reader: StatementReader): StatementTraits {
  if (reader.kind !== 'word' && reader.kind !== 'quoted') return unknownStatement
  reader.advance()
  return reader.atEnd ? traits(false, 'none', false) : unknownStatement
}

/** RELEASE ends the session, which is more than leaving something in it. */
function judgeCompletion(
  reader: StatementReader,
  plain: TransactionEffect,
  chain: TransactionEffect,
): StatementTraits {
  let effect = plain
  if (reader.skipWord('AND')) {
    if (!reader.skipWord('NO')) effect = chain
    if (!reader.skipWord('CHAIN')) return unknownStatement
  }
  const stays = reader.skipWord('NO')
  const releases = reader.skipWord('RELEASE')
  if (!reader.atEnd || (stays && !releases)) return unknownStatement
  return traits(false, effect, releases && !stays)
}

function skipWords(reader: StatementReader, ...words: readonly string[]): boolean {
  return words.every((word) => reader.skipWord(word))
}
