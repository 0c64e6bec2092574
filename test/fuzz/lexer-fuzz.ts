import { expect, test } from 'vitest'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { describeStatement } from '../../src/service/sql/describe-statement.ts'
import type { StatementTraits } from '../../src/service/sql/statement-traits.ts'
import { writeFunctions } from './fuzz-stage.ts'
import { fuzzLexer, printReport } from './fuzz-lexer.ts'

const describeIt = (sql: string): StatementTraits => describeStatement(sql, { writeFunctions })

/** Statements called reads change nothing on a real server. */
export function lexerFuzz(engine: ServerEngine, seed: number, durationMs: number, atLeast: number): void {
  test(
    `what is called a read changes nothing on ${engine} (seed ${seed})`,
    { timeout: durationMs + 120_000 },
    async () => {
      const report = await fuzzLexer({ engine, seed, durationMs, describe: describeIt })
      console.log(printReport(engine, report))
      expect(report.faults).toEqual([])
      expect(report.accepted).toBeGreaterThan(atLeast)
    },
  )
}

/** The fuzz finds faults: here in a lexer that looks at the first word only. */
export function blindLexerFuzz(engine: ServerEngine, seed: number): void {
  test(
    `on ${engine}, a lexer that looks at the first word only is found out`,
    { timeout: 120_000 },
    async () => {
      const report = await fuzzLexer({ engine, seed, durationMs: 20_000, describe: firstWordOnly, faults: 3 })
      expect(report.faults.length).toBeGreaterThanOrEqual(3)
    },
  )
}

function firstWordOnly(sql: string): StatementTraits {
  const mayWrite = !/^\W*(?:select|show|with|explain|values|table)\b/i.test(sql)
  return { mayWrite, transaction: 'none', leavesState: true, several: false }
}
