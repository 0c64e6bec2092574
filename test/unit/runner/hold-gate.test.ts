import { expect, test } from 'vitest'
import { CutoverError } from '../../../src/core/errors.ts'
import type { GateReading } from '../../../src/core/gate.ts'
import { gate, playbookOf } from './small-world.ts'
import { setStage } from './start.ts'

const open: GateReading = { state: 'open', measured: '0 sessions' }
const closed: GateReading = { state: 'closed', reason: '3 sessions are left' }
const unknown: GateReading = { state: 'unknown', reason: 'the probe gave no answer' }

async function hold(
  readings: readonly (GateReading | (() => GateReading | Promise<GateReading>))[],
  timing: Parameters<typeof gate>[1] = {},
) {
  const stage = setStage()
  stage.world.readings.set('quiet', readings)
  const outcome = await stage.run(playbookOf({ prepare: [gate('quiet', timing)] }))
  const reads = stage.world.calls.filter((call) => call === 'read quiet').length
  return { stage, outcome, reads }
}

test('a gate opens at its first open reading', async () => {
  const { outcome, reads } = await hold([closed, closed, open])
  expect(outcome.end).toBe('completed')
  expect(reads).toBe(3)
  expect(outcome.rows[0]).toMatchObject({ state: 'done', durationMs: 400, message: '0 sessions' })
})

test('a bad reading starts the count of good ones again', async () => {
  const { outcome, reads, stage } = await hold([open, open, closed, open, open, unknown, open, open, open], {
    timing: { goodReadings: 3 },
  })
  expect(outcome.end).toBe('completed')
  expect(reads).toBe(9)
  const goods = stage.events.flatMap((event) => (event.type === 'gate.reading' ? [event.good] : []))
  expect(goods).toEqual([1, 2, 0, 1, 2, 0, 1, 2, 3])
})

test('a gate that stays closed fails at its deadline and says what it saw last', async () => {
  const { outcome, reads } = await hold([{ ...closed, hint: 'Ask their owner.' }], {
    timing: { deadlineMs: 1000 },
  })
  expect(outcome.failure).toEqual({
    code: 'deadline',
    message: 'waiting for gate quiet did not finish within 1 s; last seen: 3 sessions are left',
    hint: 'Ask their owner.',
  })
  expect(reads).toBe(5)
})

test('an unknown reading never opens a gate', async () => {
  const { outcome, stage } = await hold([unknown])
  expect(outcome.failure?.code).toBe('deadline')
  expect(stage.story()).not.toContain('gate.opened quiet')
})

test('a reading that throws is unknown and keeps the words of the error', async () => {
  const { outcome, stage } = await hold([
    () => {
      throw new CutoverError('system.unreachable', 'source does not answer')
    },
    open,
  ])
  expect(outcome.end).toBe('completed')
  expect(stage.journal.entries).toContainEqual(
    expect.objectContaining({
      type: 'gate.read',
      reading: { state: 'unknown', reason: 'cannot be read: source does not answer' },
    }),
  )
})

test('a gate that cannot be opened to look through is unknown, and is opened again for the next reading', async () => {
  const stage = setStage()
  stage.world.on.set('open quiet', (_context, call) => {
    if (call < 3) throw new Error('connection lost')
  })
  const outcome = await stage.run(playbookOf({ prepare: [gate('quiet')] }))
  expect(outcome.end).toBe('completed')
  expect(stage.world.calls).toEqual(['open quiet', 'open quiet', 'open quiet', 'read quiet'])
})

test('a reading that never comes is cut off at the deadline', async () => {
  const { outcome } = await hold([() => new Promise<GateReading>(() => undefined)])
  expect(outcome.failure).toMatchObject({ code: 'deadline' })
})

test('a gate that is closed for good gives up at once', async () => {
  const { outcome, reads, stage } = await hold([{ ...closed, final: true, hint: 'Drop the trigger.' }, open])
  expect(outcome.failure).toEqual({
    code: 'gate.closed',
    message: 'gate quiet is closed: 3 sessions are left',
    hint: 'Drop the trigger.',
  })
  expect(reads).toBe(1)
  expect(stage.clock.monotonicMs()).toBe(0)
})

test('the journal keeps changes of state and reason, not every number that counts down', async () => {
  const left = (count: number): GateReading => ({ state: 'closed', reason: `${count} sessions are left` })
  const { stage } = await hold([left(9), left(8), left(7), unknown, unknown, left(2), open])
  const kept = stage.journal.entries.flatMap((entry) => (entry.type === 'gate.read' ? [entry.reading] : []))
  expect(kept).toEqual([left(9), unknown, left(2), open])
  expect(stage.events.filter((event) => event.type === 'gate.reading')).toHaveLength(7)
})
