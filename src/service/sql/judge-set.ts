import { findings, writesInQuery } from './findings.ts'
import { unquote, type StatementReader } from './statement-reader.ts'
import type { StatementTraits, TransactionEffect } from './statement-traits.ts'
import { traits, unknownStatement } from './traits.ts'

/** What may stand in SET TRANSACTION besides its first words. */
const characteristics: ReadonlySet<string> = new Set(
  'ISOLATION LEVEL READ ONLY WRITE COMMITTED UNCOMMITTED REPEATABLE SERIALIZABLE'.split(' '),
)

/** Variables that change what the server does by itself, or what it writes to its log. */
const risky: ReadonlySet<string> = new Set([
  'GTID_NEXT',
  'GTID_DOMAIN_ID',
  'GTID_SEQ_NO',
  'SERVER_ID',
  'SQL_LOG_BIN',
  'SKIP_REPLICATION',
])

const on: ReadonlySet<string> = new Set(['1', 'ON', 'TRUE', "'ON'", '"ON"'])
const off: ReadonlySet<string> = new Set(['0', 'OFF', 'FALSE', "'OFF'", '"OFF"'])

type ItemEffect = TransactionEffect | 'write'

/** SET, after the word: of variables of the session, with values that only compute. Of anything global it is a write. */
export function judgeSet(reader: StatementReader): StatementTraits {
  if (reader.isWord('PASSWORD') || reader.isWord('DEFAULT')) return traits(true, 'implicit-commit', true)
  if (reader.isWord('ROLE')) return traits((reader.finish() & writesInQuery) !== 0, 'none', true)
  let effect: TransactionEffect = 'none'
  let writes = false
  for (;;) {
    const item = judgeItem(reader)
    if (item === 'write') writes = true
    else if (item !== 'none') effect = effect === 'none' ? item : 'unclear'
    if (!reader.isSymbol(',')) break
    reader.advance()
  }
  if (!reader.atEnd) return unknownStatement
  return traits(writes || hasCostlyValue(reader), effect, true)
}

/** DO, with values that only compute. */
export function judgeDo(reader: StatementReader): StatementTraits {
  const found = reader.finish()
  return traits(hasCostlyValue(reader), 'none', (found & (findings.assigns | findings.sessionState)) !== 0)
}

/**
 * A stored function in a value may write, and nobody reads what it gives: there is hardly another reason for it. A
 * query of tables locks the rows it reads, as it would not by itself.
 */
export function hasCostlyValue(reader: StatementReader): boolean {
  const { found } = reader
  if ((found & (writesInQuery | findings.intoVariable | findings.unknownCall)) !== 0) return true
  return (found & findings.subquery) !== 0 && (found & findings.from) !== 0
}

function judgeItem(reader: StatementReader): ItemEffect {
  const scoped = reader.skipWord('SESSION') || reader.skipWord('LOCAL')
  if (reader.isWord('TRANSACTION')) return judgeCharacteristics(reader)
  if (reader.kind === 'variable') return judgeUserVariable(reader)
  if (!scoped && (reader.isWord('NAMES') || reader.isWord('CHARSET') || reader.isWord('CHARACTER'))) {
    skipValue(reader)
    return 'none'
  }
  const name = variableName(reader)
  if (name === undefined) return skipToComma(reader)
  reader.advance()
  if (!skipEquals(reader)) return skipToComma(reader)
  if (name === 'AUTOCOMMIT') return judgeAutocommit(reader)
  skipValue(reader)
  if (name === 'COMPLETION_TYPE') return 'unclear'
  return risky.has(name) ? 'write' : 'none'
}

function judgeCharacteristics(reader: StatementReader): ItemEffect {
  reader.advance()
  while (reader.kind === 'word' || reader.isSymbol(',')) {
    if (reader.kind === 'word' && !characteristics.has(reader.word)) return 'write'
    reader.advance()
  }
  return 'none'
}

/** @name, or @ before a name in quotes. */
function judgeUserVariable(reader: StatementReader): ItemEffect {
  reader.advance()
  if (reader.kind === 'text' || reader.kind === 'quoted') reader.advance()
  if (!skipEquals(reader)) return skipToComma(reader)
  skipValue(reader)
  return 'none'
}

/** In capitals, without the scope of the session; undefined when it is global, or part of something. */
function variableName(reader: StatementReader): string | undefined {
  if (reader.kind === 'quoted') return unquote(reader.word)
  if (reader.kind === 'word') return reader.word
  if (reader.kind !== 'system-variable') return undefined
  const name = reader.word.replace(/^@@(?:SESSION\.|LOCAL\.)?/, '')
  return name === '' || name.includes('.') ? undefined : name
}

/** The value of autocommit decides; only a plain one is understood. */
function judgeAutocommit(reader: StatementReader): ItemEffect {
  const value = reader.atEnd ? '' : reader.word
  reader.advance()
  if (!reader.atEnd && !reader.isSymbol(',')) {
    skipValue(reader)
    return 'unclear'
  }
  if (on.has(value)) return 'autocommit-on'
  return off.has(value) ? 'autocommit-off' : 'unclear'
}

function skipEquals(reader: StatementReader): boolean {
  if (reader.kind !== 'assign' && !reader.isSymbol('=')) return false
  reader.advance()
  return true
}

function skipToComma(reader: StatementReader): 'write' {
  skipValue(reader)
  return 'write'
}

/** Up to the comma or the end after it; commas in brackets belong to it. */
function skipValue(reader: StatementReader): void {
  let depth = 0
  while (!reader.atEnd && (depth > 0 || !reader.isSymbol(','))) {
    if (reader.isSymbol('(')) depth += 1
    else if (reader.isSymbol(')')) depth -= 1
    reader.advance()
  }
}
