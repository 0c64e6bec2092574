import { describe, expect, it } from 'vitest'
import { classify } from '../../../../src/service/classify.ts'
import type { DecisionRecord, LoggedDecision } from '../../../../src/service/observe/decision-log.ts'
import { createDecisionLog } from '../../../../src/service/observe/decision-log.ts'
import { createFakeClock } from '../../../fakes/fake-clock.ts'
import { mysql2Error, readOnlyError, secrets } from './leaky-errors.ts'

function logged(options: { limit?: number } = {}) {
  const lines: (DecisionRecord & { level: string; message: string })[] = []
  const clock = createFakeClock()
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push({ ...(fields as DecisionRecord), level, message })
  const onDecision = createDecisionLog({
    log: { info: write('info'), warn: write('warn') },
    clock,
    ...options,
  })
  return { lines, clock, onDecision }
}

function decided(error: unknown, more: Partial<LoggedDecision> = {}): LoggedDecision {
  return {
    error,
    decision: classify(error, { flavour: 'mysql' }),
    answer: { instance: 'urn:1' },
    shadow: false,
    ...more,
  }
}

const refusedAt = (table: string): Error =>
  Object.assign(readOnlyError(), { sql: `DELETE FROM ${table} WHERE id = 7` })

describe('the log of decisions', () => {
  it('says a refused statement once in ten seconds, and then how often it came', async () => {
    const { lines, clock, onDecision } = logged()
    for (let time = 0; time < 1000; time += 1) onDecision(decided(refusedAt('orders')))
    expect(lines).toMatchObject([
      {
        level: 'info',
        event: 'cutover.decision',
        fate: 'mapped',
        instance: 'urn:1',
        unlogged: 0,
        err: { errno: 1290 },
      },
    ])
    await clock.advance(10_000)
    onDecision(decided(refusedAt('orders')))
    expect(lines[1]).toMatchObject({ fate: 'mapped', unlogged: 999 })
  })

  it('keeps statements, errors and fates apart', () => {
    const { lines, onDecision } = logged()
    onDecision(decided(refusedAt('orders')))
    onDecision(decided(refusedAt('invoices')))
    onDecision(decided(mysql2Error(), { answer: undefined }))
    onDecision(decided(refusedAt('orders'), { shadow: true }))
    onDecision(decided(refusedAt('orders')))
    expect(lines.map(({ level, fate, shadow }) => [level, fate, shadow])).toEqual([
      ['info', 'mapped', false],
      ['info', 'mapped', false],
      ['warn', 'passed', false],
      ['info', 'mapped', true],
    ])
  })

  it('says every outcome that is unknown', () => {
    const { lines, onDecision } = logged()
    const lost = Object.assign(new Error('lost'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true })
    const decision = classify(lost, { statementIsWrite: true })
    for (let time = 0; time < 3; time += 1) onDecision({ error: lost, decision, shadow: false })
    expect(lines.map(({ level, fate }) => [level, fate])).toEqual([
      ['warn', 'unknown'],
      ['warn', 'unknown'],
      ['warn', 'unknown'],
    ])
  })

  it('knows the verdicts of jobs', () => {
    const { lines, onDecision } = logged()
    const error = refusedAt('orders')
    const decision = classify(error)
    onDecision({ error, decision, verdict: { action: 'requeue' }, shadow: false })
    onDecision({ error, decision, verdict: { action: 'pass' }, shadow: false })
    expect(lines.map(({ fate }) => fate)).toEqual(['mapped', 'passed'])
  })

  it('keeps a bounded number of kinds, and the others share one', () => {
    const { lines, onDecision } = logged({ limit: 2 })
    for (const table of ['a', 'b', 'c', 'd', 'a']) onDecision(decided(refusedAt(table)))
    expect(lines).toHaveLength(3)
  })

  it('holds nothing of a statement or its values', () => {
    const { lines, onDecision } = logged()
    onDecision(decided(mysql2Error(), { answer: undefined }))
    const text = JSON.stringify(lines)
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([])
    expect(lines[0]?.err.fingerprint).toMatch(/\S/)
  })
})
