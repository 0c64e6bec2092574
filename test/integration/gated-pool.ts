import { createPool } from 'mysql2'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import type { GatedPoolLab } from './gated-pool-lab.ts'
import { openGatedPoolLab, outcome, password, user } from './gated-pool-lab.ts'
import { faultSuite } from './gated-pool-faults.ts'
import { holdingSuite } from './gated-pool-holding.ts'
import type { ParityCase } from './gated-pool-parity.ts'
import { callbackCases, comparable, promiseCases } from './gated-pool-parity.ts'

export function gatedPoolSuite(engine: ServerEngine): void {
  let lab: GatedPoolLab
  beforeAll(async () => {
    lab = await openGatedPoolLab(engine)
  })
  afterAll(() => lab?.[Symbol.asyncDispose]())
  beforeEach(async () => {
    for (const schema of ['one', 'two']) {
      await lab.root(`DELETE FROM ${schema}.items`)
      await lab.root(`DELETE FROM ${schema}.numbered`)
    }
    await lab.root(
      "INSERT INTO one.items VALUES (1, 'a', 9007199254740993, '2026-11-21 10:00:00'), (2, 'b', 2, NULL)",
    )
  })

  holdingSuite(engine, () => lab)
  faultSuite(engine, () => lab)

  describe(`the facade and a bare pool on ${engine}`, () => {
    it.each([...promiseCases, ...callbackCases])('answer alike: $name', async ({ ask }) => {
      const options = { multipleStatements: true, supportBigNumbers: true, timezone: 'Z' as const }
      const bare = createPool({
        host: '127.0.0.1',
        port: lab.running.port,
        user,
        password,
        database: 'one',
        ...options,
      })
      await using facade = await lab.facade({}, options)
      const expected = await answerOf(ask, bare.promise(), bare)
      await bare.promise().end()
      expect(comparable(await answerOf(ask, facade.pool, facade.pool.pool))).toEqual(comparable(expected))
      await expect.poll(() => facade.gate.counts().running).toBe(0)
      expect(facade.pool.current.source.out).toBe(0)
    })
  })
}

async function answerOf(ask: ParityCase['ask'], ...pools: Parameters<ParityCase['ask']>): Promise<unknown> {
  const answer = await outcome(Promise.resolve(ask(...pools)))
  return 'error' in answer ? answer.error : answer.value
}
