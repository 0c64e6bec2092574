import { findings, leavesBehind, writesInQuery } from './findings.ts'
import type { StatementReader } from './statement-reader.ts'
import type { StatementTraits } from './statement-traits.ts'
import { traits, unknownStatement } from './traits.ts'

/** SELECT, TABLE, VALUES: a read, unless something in it is none. */
export function judgeQuery(reader: StatementReader): StatementTraits {
  const found = reader.finish()
  return traits((found & writesInQuery) !== 0, 'none', (found & leavesBehind) !== 0)
}

/** A query or a stored function in a statement that is no query itself locks the rows it reads. */
const locksOutsideQuery = findings.subquery | findings.unknownCall

/** SHOW, HELP, CHECKSUM: their own words may be those that begin a change. */
export function judgeShow(reader: StatementReader): StatementTraits {
  const found = reader.finish()
  const writes = (writesInQuery & ~findings.changes) | locksOutsideQuery
  return traits((found & writes) !== 0, 'none', (found & leavesBehind) !== 0)
}

/** HANDLER … OPEN, READ, CLOSE: reads through a cursor that stays open. */
export function judgeHandler(reader: StatementReader): StatementTraits {
  return traits((reader.finish() & (writesInQuery | locksOutsideQuery)) !== 0, 'none', true)
}

/** Brackets may stand around queries only. */
export function judgeBrackets(reader: StatementReader): StatementTraits {
  skipOpening(reader)
  return judgeAnyQuery(reader) ?? unknownStatement
}

/** The query that begins here, brackets and WITH included; undefined when it is none. */
export function judgeAnyQuery(reader: StatementReader): StatementTraits | undefined {
  skipOpening(reader)
  if (reader.isWord('WITH')) return judgeWith(reader)
  return beginsQuery(reader) ? judgeQuery(reader) : undefined
}

/** WITH … SELECT reads, WITH … UPDATE and WITH … DELETE write. */
export function judgeWith(reader: StatementReader): StatementTraits {
  reader.advance()
  reader.skipWord('RECURSIVE')
  for (;;) {
    if (!skipCommonTable(reader)) return unknownStatement
    if (!reader.isSymbol(',')) break
    reader.advance()
  }
  skipOpening(reader)
  return beginsQuery(reader) ? judgeQuery(reader) : unknownStatement
}

/** `name [(columns)] AS (query) [CYCLE columns RESTRICT]` */
function skipCommonTable(reader: StatementReader): boolean {
  if (reader.kind !== 'word' && reader.kind !== 'quoted') return false
  reader.advance()
  if (reader.isSymbol('(')) skipBrackets(reader)
  if (!reader.skipWord('AS') || !reader.isSymbol('(')) return false
  skipBrackets(reader)
  if (reader.isWord('CYCLE')) while (!reader.atEnd && !reader.skipWord('RESTRICT')) reader.advance()
  return true
}

function skipBrackets(reader: StatementReader): void {
  let depth = 0
  do {
    if (reader.isSymbol('(')) depth += 1
    else if (reader.isSymbol(')')) depth -= 1
    reader.advance()
  } while (depth > 0 && !reader.atEnd)
}

function skipOpening(reader: StatementReader): void {
  while (reader.isSymbol('(')) reader.advance()
}

function beginsQuery(reader: StatementReader): boolean {
  return reader.isWord('SELECT') || reader.isWord('TABLE') || reader.isWord('VALUES')
}
