import { judgeStatement } from './judge-statement.ts'
import type { EscapeMode } from './sql-reader.ts'
import { StatementReader } from './statement-reader.ts'
import type { StatementTraits } from './statement-traits.ts'
import { combine, emptyText, unknownText } from './traits.ts'

/**
 * Describes a text without a look into the cache. Where sql_mode decides what a backslash means, and with it where a
 * quoted text ends, every reading is described and the worst of them counts.
 */
export function describeText(text: string, writeFunctions?: ReadonlySet<string>): StatementTraits {
  const reader = new StatementReader(text, 'both', writeFunctions)
  let answer = readStatements(reader) ?? emptyText
  for (const mode of reader.otherModes) {
    const reading = readIn(mode, text, writeFunctions)
    if (reading !== undefined) answer = combine(answer, reading, false)
  }
  // A statement may change the sql_mode in which the ones after it are read.
  return answer.several && reader.otherModes.length > 0 ? unknownText : answer
}

function readIn(
  mode: EscapeMode,
  text: string,
  writeFunctions: ReadonlySet<string> | undefined,
): StatementTraits | undefined {
  return readStatements(new StatementReader(text, mode, writeFunctions))
}

/** All statements of a text in one reading; undefined when there is none that a server would run. */
function readStatements(reader: StatementReader): StatementTraits | undefined {
  let all: StatementTraits | undefined
  while (reader.nextStatement()) {
    const one = judgeStatement(reader)
    if (reader.unsure) return unknownText
    if (reader.impossible) return all
    all = all === undefined ? one : combine(all, one, true)
  }
  return reader.unsure ? unknownText : all
}
