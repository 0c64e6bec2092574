import { describe, expect, it, vi } from 'vitest'
import { createWriteGate } from '../../../src/service/gate/create-write-gate.ts'
import { GateError } from '../../../src/service/gate/gate-error.ts'
import type { JobContext, JobEvent, UpgradeWindow } from '../../../src/service/jobs.ts'
import { beforeJob, judgeJob } from '../../../src/service/jobs.ts'
import { createFakeClock } from '../../fakes/fake-clock.ts'
import { upgradingNotice as notice } from '../../fakes/upgrading-notice.ts'

const inWindow: UpgradeWindow = { notice, grace: false }
const clock = createFakeClock(new Date('2026-11-21T02:00:10.000Z'))
const signal = new AbortController().signal

function contextOf(window: UpgradeWindow | undefined, more: Partial<JobContext> = {}): JobContext {
  return { notices: { window: () => window }, clock, random: () => 0, ...more }
}

const refused = Object.assign(new Error("INSERT command denied to user 'a'@'b' for table 't'"), {
  errno: 1142,
  sqlState: '42000',
})
const lost = Object.assign(new Error('Connection lost'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true })
const duplicate = Object.assign(new Error('Duplicate entry'), { errno: 1062, sqlState: '23000' })

describe('a job that failed in a window', () => {
  it('runs again when the notice says, if its write was refused', () => {
    expect(judgeJob(refused, contextOf(inWindow))).toMatchObject({ action: 'requeue', delayMs: 20_000 })
    expect(judgeJob(refused, contextOf(inWindow, { random: () => 1 }))).toMatchObject({ delayMs: 25_000 })
  })

  it('is parked when its outcome is unknown, and never run again by itself', () => {
    expect(judgeJob(lost, contextOf(inWindow))).toMatchObject({ action: 'park' })
  })

  it('is done, or runs again, once somebody has looked the outcome up', () => {
    expect(judgeJob(lost, contextOf(inWindow, { outcome: 'done' }))).toMatchObject({ action: 'ack' })
    expect(judgeJob(lost, contextOf(inWindow, { outcome: 'not-done' }))).toMatchObject({
      action: 'requeue',
      delayMs: 20_000,
    })
  })

  it('runs again when its lost connection was in a transaction without COMMIT', () => {
    expect(judgeJob(lost, contextOf(inWindow, { unit: { inTransaction: true } }))).toMatchObject({
      action: 'requeue',
    })
  })

  it('stays what it is when the error is no affair of the cutover, also when somebody looked something up', () => {
    expect(judgeJob(duplicate, contextOf(inWindow))).toMatchObject({ action: 'pass' })
    expect(judgeJob(new TypeError('x'), contextOf(inWindow, { outcome: 'done' }))).toMatchObject({
      action: 'pass',
    })
  })

  it('is told of and counted', () => {
    const counted: string[] = []
    const onDecision = vi.fn<(event: JobEvent) => void>()
    for (const error of [refused, duplicate, lost]) {
      judgeJob(error, contextOf(inWindow, { onDecision, countError: (fate) => void counted.push(fate) }))
    }
    expect(counted).toEqual(['mapped', 'passed', 'unknown'])
    expect(onDecision.mock.calls[0]?.[0]).toMatchObject({
      error: refused,
      decision: { errno: 1142 },
      verdict: { action: 'requeue' },
    })
  })

  it('is left to the queue in mode shadow, and told of', () => {
    const onDecision = vi.fn<(event: JobEvent) => void>()
    const verdict = judgeJob(refused, contextOf(inWindow, { mode: 'shadow', onDecision }))
    expect(verdict).toMatchObject({ action: 'pass' })
    expect(onDecision.mock.calls[0]?.[0]).toMatchObject({ shadow: true, verdict: { action: 'requeue' } })
  })
})

describe('a job that failed outside a window', () => {
  it.each([refused, lost, duplicate])('is left to the queue: %s', (error) => {
    expect(judgeJob(error, contextOf(undefined))).toMatchObject({ action: 'pass' })
  })

  it('runs again shortly when the gate of the pool rejected it', () => {
    const error = new Error('query failed', { cause: new GateError('expired', 'held for 8 s') })
    expect(judgeJob(error, contextOf(undefined))).toMatchObject({ action: 'requeue', delayMs: 3000 })
  })

  it('runs again in mode always, and a lost connection is left to the queue', () => {
    expect(judgeJob(refused, contextOf(undefined, { mode: 'always' }))).toMatchObject({ action: 'requeue' })
    expect(judgeJob(lost, contextOf(undefined, { mode: 'always' }))).toMatchObject({ action: 'pass' })
  })
})

describe('before a job', () => {
  it('it may run when nothing is going on, and in the grace time', async () => {
    expect(await beforeJob(contextOf(undefined), signal)).toEqual({ action: 'run' })
    expect(await beforeJob(contextOf({ notice, grace: true }), signal)).toEqual({ action: 'run' })
  })

  it('it is put off while the service is being upgraded', async () => {
    expect(await beforeJob(contextOf(inWindow), signal)).toEqual({ action: 'requeue', delayMs: 20_000 })
    expect(await beforeJob({ ...contextOf(inWindow), mode: 'shadow' }, signal)).toEqual({ action: 'run' })
  })

  it('it waits at a closed gate, and runs when that is released', async () => {
    const gate = createWriteGate({ clock })
    gate.close({ epoch: 1, limitMs: 60_000 })
    const pause = beforeJob({ ...contextOf(undefined), gate }, signal)
    expect(gate.counts().held).toBe(1)
    gate.release()
    expect(await pause).toEqual({ action: 'run' })
    expect(gate.counts().running).toBe(0)
  })

  it('it is put off when the wait takes too long, and when the consumer stops', async () => {
    const gate = createWriteGate({ clock })
    gate.close({ epoch: 1, limitMs: 1000 })
    const stop = new AbortController()
    const late = beforeJob({ ...contextOf(undefined), gate }, signal)
    const stopped = beforeJob({ ...contextOf(undefined), gate }, stop.signal)
    stop.abort()
    expect(await stopped).toEqual({ action: 'requeue', delayMs: 3000 })
    await clock.advance(1000)
    expect(await late).toEqual({ action: 'requeue', delayMs: 3000 })
  })
})
