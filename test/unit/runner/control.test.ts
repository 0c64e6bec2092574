import { describe, expect, test } from 'vitest'
import type { ControlWish } from '../../../src/core/journal-entry.ts'
import { waysOut } from '../../../src/core/run-state.ts'
import { foldJournal } from '../../../src/core/fold.ts'
import { createRunControl } from '../../../src/runner/run-control.ts'
import { createMemoryJournal } from './memory-journal.ts'
import { gate, playbookOf, step } from './small-world.ts'
import { setStage, type Stage } from './start.ts'

const playbook = playbookOf({
  prepare: [step('account'), gate('caught-up')],
  pause: [step('fence'), step('release', { pointOfNoReturn: true }), step('config')],
  settle: [step('cleanup'), gate('healthy')],
})

interface Steered {
  readonly stage: Stage
  readonly control: ReturnType<typeof createRunControl>
  readonly said: string[]
  /** Asks at this call of the world. */
  readonly at: (call: string, wish: ControlWish) => void
  readonly run: () => ReturnType<Stage['run']>
}

function steered(): Steered {
  const stage = setStage()
  const control = createRunControl()
  const said: string[] = []
  return {
    stage,
    control,
    said,
    at(call, wish) {
      stage.world.on.set(call, async () => {
        said.push(await control.ask(wish, 'ann@jump').catch((error: unknown) => `refused: ${String(error)}`))
      })
    },
    run: () => stage.run(playbook, { control }),
  }
}

describe('a park', () => {
  test('in a step that prepares lets it finish, and the run stands as it is and can go on or back', async () => {
    const { stage, at, run, said } = steered()
    at('middle account', 'park')
    const outcome = await run()
    expect(outcome).toMatchObject({
      end: 'stopped',
      failure: { code: 'interrupted', message: 'ann@jump asked the run to stop' },
    })
    expect(said).toEqual([
      'stops after account and leaves everything as it stands; then: cutover resume run-1, or undo',
    ])
    expect([...stage.world.cells]).toEqual([['account', 'new account']])
    expect(waysOut(foldJournal(stage.journal.entries))).toEqual(['resume', 'undo'])
    expect((await stage.run(playbook)).end).toBe('completed')
  })

  test('while a gate waits takes effect at once, and the gate has not failed', async () => {
    const { stage, at, run, said } = steered()
    at('read caught-up', 'park')
    stage.world.readings.set('caught-up', [{ state: 'closed', reason: 'behind' }])
    expect((await run()).end).toBe('stopped')
    expect(said[0]).toMatch(/^stops now /)
    expect(stage.clock.monotonicMs()).toBe(0)
    expect(stage.story()).not.toContain('gate.failed caught-up')
  })

  test('inside the pause takes effect at its end', async () => {
    const { stage, at, run, said } = steered()
    at('middle fence', 'park')
    const outcome = await run()
    expect(outcome).toMatchObject({ end: 'stopped', noReturnPassed: true, failure: { code: 'interrupted' } })
    expect(said[0]).toMatch(/^stops at the end of the pause /)
    expect(stage.world.cells.get('config')).toBe('new config')
    expect(stage.world.cells.has('cleanup')).toBe(false)
  })

  test('can be taken back before it takes effect', async () => {
    const { at, run, said } = steered()
    at('middle fence', 'park')
    at('run release', 'go-on')
    expect((await run()).end).toBe('completed')
    expect(said[1]).toBe('goes on; the stop that was asked for is taken back')
  })

  test('asked for before a crash is heeded by the process that a supervisor starts, not by one that a person starts', async () => {
    for (const [takenUpBy, end] of [
      ['supervisor', 'stopped'],
      ['operator', 'completed'],
    ] as const) {
      const { stage, at, run } = steered()
      at('middle fence', 'park')
      await run()
      const { entries } = stage.journal
      const asked = entries.findIndex((entry) => entry.type === 'operator.asked')
      stage.journal = createMemoryJournal(stage.clock, entries.slice(0, asked + 1))
      stage.world.on.clear()
      expect((await stage.run(playbook, { takenUpBy })).end).toBe(end)
    }
  })
})

describe('a hold', () => {
  test('waits at the next safe point, and gates that were open are read again before the run goes on', async () => {
    const { stage, control, at, run, said } = steered()
    at('read caught-up', 'hold')
    stage.world.readings.set('caught-up', [
      { state: 'closed', reason: 'behind' },
      { state: 'open', measured: 'caught up' },
    ])
    const running = run()
    await expect.poll(() => control.position()?.held).toBe(true)
    expect(control.position()).toMatchObject({ safePoint: 'now', phase: 'prepare', pending: undefined })
    expect(stage.world.cells.has('fence')).toBe(false)
    stage.world.on.clear()
    said.push(await control.ask('go-on', 'bob@jump'))
    expect((await running).end).toBe('completed')
    expect(said[1]).toBe('goes on now')
    expect(stage.story().filter((line) => line === 'gate.waiting caught-up')).toHaveLength(2)
  })

  test('ends as it stands when it is parked, and walks back when that is asked', async () => {
    for (const [wish, end] of [
      ['park', 'stopped'],
      ['undo', 'undone'],
    ] as const) {
      const { control, at, run } = steered()
      at('run account', 'hold')
      const running = run()
      await expect.poll(() => control.position()?.held).toBe(true)
      await control.ask(wish, 'bob@jump')
      expect((await running).end).toBe(end)
    }
  })
})

describe('an undo', () => {
  test('cuts the step in hand and walks back', async () => {
    const { stage, at, run, said } = steered()
    at('middle fence', 'undo')
    const outcome = await run()
    expect(outcome).toMatchObject({ end: 'undone', failure: { message: 'ann@jump asked to walk back' } })
    expect(said).toEqual(['cuts what is being done and walks back now'])
    expect([...stage.world.cells]).toEqual([])
  })

  test('is refused after the point of no return, and nothing is recorded as asked', async () => {
    const { stage, at, run, said } = steered()
    at('run config', 'undo')
    expect((await run()).end).toBe('completed')
    expect(said[0]).toMatch(/^refused: .*point of no return was passed/)
    expect(stage.story()).not.toContain('operator.asked')
  })

  test('asked for while the point of no return is announced is too late', async () => {
    const { stage, control, run } = steered()
    const asked: Promise<string>[] = []
    const append = stage.journal.append.bind(stage.journal)
    stage.journal.append = (body) => {
      if (body.type === 'no-return.passed') {
        asked.push(control.ask('undo', 'ann@jump').catch((error: unknown) => String(error)))
      }
      return append(body)
    }
    expect((await run()).end).toBe('completed')
    expect(await Promise.all(asked)).toEqual([expect.stringMatching(/point of no return was passed/)])
  })

  test('cannot be cut short by anything', async () => {
    const { at, run, said } = steered()
    at('middle fence', 'undo')
    at('undo account', 'park')
    expect((await run()).end).toBe('undone')
    expect(said[1]).toMatch(/^refused: .*walking back already/)
  })
})

test('a note is on the record with who made it', async () => {
  const { stage, control, run } = steered()
  stage.world.on.set('run fence', () => control.note('the dashboard looks fine', 'ann@jump'))
  await run()
  expect(stage.journal.entries.find((entry) => entry.type === 'operator.note')).toMatchObject({
    text: 'the dashboard looks fine',
    by: 'ann@jump',
  })
})

test('a wheel without a run refuses every wish and knows no position', async () => {
  const { control, run } = steered()
  await expect(control.ask('park', 'ann@jump')).rejects.toThrow(/not going on/)
  await run()
  expect(control.position()).toBeUndefined()
  await expect(control.note('late', 'ann@jump')).rejects.toThrow(/not going on/)
})
