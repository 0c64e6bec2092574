import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { describeStatement } from '../../src/service/sql/describe-statement.ts'
import type { StatementTraits } from '../../src/service/sql/statement-traits.ts'
import { openFuzzStage, writeFunctions, type FuzzStage } from './fuzz-stage.ts'
import { fuzzLexer, printReport } from './fuzz-lexer.ts'

export interface LexerFuzz {
  readonly engine: ServerEngine
  readonly seed: number
  readonly durationMs: number
  /** So many statements must have run without an error, or the fuzz has shown nothing. */
  readonly atLeast: number
}

const describeIt = (sql: string): StatementTraits => describeStatement(sql, { writeFunctions })

/** Statements called reads change nothing on a real server; and a fuzz that could not see a change would be found out. */
export function lexerFuzz({ engine, seed, durationMs, atLeast }: LexerFuzz): void {
  describe(`statements on ${engine}`, () => {
    let stage: FuzzStage

    beforeAll(async () => {
      stage = await openFuzzStage(engine)
    })
    afterAll(async () => stage?.[Symbol.asyncDispose]())

    test(
      `what is called a read changes nothing (seed ${seed})`,
      { timeout: durationMs + 60_000 },
      async () => {
        const report = await fuzzLexer(stage, { seed, durationMs, describe: describeIt })
        console.log(printReport(engine, report))
        expect(report.faults).toEqual([])
        expect(report.accepted).toBeGreaterThan(atLeast)
      },
    )

    test('a lexer that looks at the first word only is found out', { timeout: 90_000 }, async () => {
      const report = await fuzzLexer(stage, { seed, durationMs: 30_000, describe: firstWordOnly, faults: 1 })
      expect(report.faults.length).toBeGreaterThan(0)
    })
  })
}

function firstWordOnly(sql: string): StatementTraits {
  const mayWrite = !/^\W*(?:select|show|with|explain|values|table)\b/i.test(sql)
  return { mayWrite, transaction: 'none', leavesState: true, several: false }
}
