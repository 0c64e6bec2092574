import { describe, expect, test } from 'vitest'
import { CutoverError } from '../../../src/core/errors.ts'
import type { Catalogue } from '../../../src/core/gate.ts'
import type { Playbook } from '../../../src/core/playbook.ts'
import type { ChoiceQuestion, Chosen } from '../../../src/core/ports/operator.ts'
import { exitCodes } from '../../../src/cli/exit-codes.ts'
import { exitCodeOfRun } from '../../../src/cli/runs/run-exit-code.ts'
import { foldJournal } from '../../../src/core/fold.ts'
import type { ControlWish } from '../../../src/core/journal-entry.ts'
import { waysOut } from '../../../src/core/run-state.ts'
import { createRunControl, type RunWheel } from '../../../src/runner/run-control.ts'
import { catalogueOf, gate, playbookOf, portsWith, step } from './small-world.ts'
import { setStage, type Stage } from './start.ts'

const playbook = playbookOf(
  {
    prepare: [step('account')],
    pause: [step('fence'), step('release', { pointOfNoReturn: true }), step('config', { onFailure: 'stop' })],
  },
  30_000,
)

/** Somebody at another terminal, who wants this as soon as the first question is open. */
interface Elsewhere {
  readonly control: RunWheel
  readonly atQuestion: readonly ControlWish[]
}

/** A person who gives these answers, one after the other, and then none. */
function asked(answers: readonly (Partial<Chosen> | undefined)[], elsewhere?: Elsewhere) {
  const stage = setStage()
  const questions: ChoiceQuestion[] = []
  const ports = portsWith(stage.clock)
  const operator = {
    ...ports.operator,
    choose(question: ChoiceQuestion, signal: AbortSignal): Promise<Chosen | undefined> {
      const answer = answers[questions.length]
      questions.push(question)
      if (questions.length === 1) void askElsewhere(elsewhere)
      if (answer) return Promise.resolve({ key: '', by: 'ann@jump', ...answer })
      return stage.clock.sleep(24 * 3_600_000, signal).then(
        () => undefined,
        () => undefined,
      )
    },
  }
  const skippable = (): Catalogue => {
    const { steps, gates } = catalogueOf(stage.world)
    const mark = <T extends object>(kinds: ReadonlyMap<string, T>) =>
      new Map([...kinds].map(([name, kind]) => [name, { ...kind, skippable: true }]))
    return { steps: mark(steps), gates: mark(gates) }
  }
  return {
    stage,
    questions,
    run: (book: Playbook = playbook) =>
      stage.run(book, { ports: { ...ports, operator }, ...(elsewhere && { control: elsewhere.control }) }),
    runSkippable: (book: Playbook = playbook) =>
      stage.run(book, { ports: { ...ports, operator }, catalogue: skippable() }),
  }
}

async function askElsewhere(elsewhere: Elsewhere | undefined): Promise<void> {
  for (const wish of elsewhere?.atQuestion ?? []) await elsewhere?.control.ask(wish, 'bob@desk')
}

function failsOnce(stage: Stage, call: string): void {
  stage.world.on.set(call, (_context, count) => {
    if (count === 1) throw new CutoverError('system.refused', `${call} failed`, { hint: 'Look.' })
  })
}

function failsAlways(stage: Stage, call: string): void {
  stage.world.on.set(call, () => {
    throw new CutoverError('system.refused', `${call} failed`)
  })
}

const keys = (question: ChoiceQuestion | undefined) => question?.choices.map(({ key }) => key)

describe('a person asked about a failure', () => {
  test('may try it again', async () => {
    const { stage, run, questions } = asked([{ key: 'retry' }])
    failsOnce(stage, 'run fence')
    expect((await run()).end).toBe('completed')
    expect(questions[0]).toMatchObject({
      id: 'fence',
      text: 'fence failed: run fence failed\nLook.',
      otherwise: 'everything is walked back when the budget of the pause has passed',
    })
    expect(stage.journal.entries.find((entry) => entry.type === 'failure.answered')).toMatchObject({
      id: 'fence',
      choice: 'retry',
      by: 'ann@jump',
    })
  })

  test('may walk back or stop, whatever the playbook says', async () => {
    for (const [key, onFailure, end] of [
      ['undo', 'stop', 'undone'],
      ['park', 'undo', 'stopped'],
    ] as const) {
      const { stage, run } = asked([{ key }])
      failsAlways(stage, 'run fence')
      const book = playbookOf({ prepare: [step('account')], pause: [step('fence', { onFailure })] })
      expect((await run(book)).end).toBe(end)
    }
  })

  test('who stops the run has it end as stopped on request, whatever had failed', async () => {
    const { stage, run } = asked([{ key: 'park' }])
    failsAlways(stage, 'run fence')
    const outcome = await run()
    expect(outcome).toMatchObject({
      end: 'stopped',
      failure: { code: 'interrupted', message: 'ann@jump stopped the run after: run fence failed' },
    })
    expect(exitCodeOfRun(outcome)).toBe(exitCodes.stopped)
    expect(waysOut(foldJournal(stage.journal.entries))).toEqual(['resume', 'undo'])
  })

  test.each([
    ['park', 'stopped'],
    ['undo', 'undone'],
  ] as const)('loses the question to a %s from another terminal, and the run ends %s', async (wish, end) => {
    const control = createRunControl()
    const { stage, run } = asked([], { control, atQuestion: [wish] })
    failsAlways(stage, 'run account')
    const outcome = await run()
    expect(outcome).toMatchObject({
      end,
      failure: { code: wish === 'park' ? 'interrupted' : 'system.refused' },
    })
    expect(stage.clock.monotonicMs()).toBe(0)
  })

  test('is asked again when somebody made the run wait and go on meanwhile', async () => {
    const control = createRunControl()
    const { stage, run, questions } = asked([undefined, { key: 'retry' }], {
      control,
      atQuestion: ['hold', 'go-on'],
    })
    failsOnce(stage, 'run account')
    expect((await run()).end).toBe('completed')
    expect(questions).toHaveLength(2)
  })

  test('is not offered to leave out what proves or protects data', async () => {
    const { stage, run, questions } = asked([{ key: 'skip', reason: 'in a hurry' }])
    failsAlways(stage, 'run fence')
    expect((await run()).end).toBe('undone')
    expect(keys(questions[0])).toEqual(['retry', 'mark-done', 'undo', 'park'])
    expect(stage.story()).not.toContain('item.skipped fence')
  })

  test('may leave out what can be left out, with a reason, and it is not run again', async () => {
    const { stage, runSkippable } = asked([{ key: 'skip', reason: 'not needed tonight' }])
    failsAlways(stage, 'run account')
    const outcome = await runSkippable()
    expect(outcome.end).toBe('completed')
    expect(outcome.rows[0]).toMatchObject({
      state: 'skipped',
      message: 'skipped by ann@jump: not needed tonight',
    })
  })

  test('must give a reason for leaving something out', async () => {
    const { stage, runSkippable } = asked([{ key: 'skip', reason: '  ' }])
    failsAlways(stage, 'run account')
    expect((await runSkippable()).end).toBe('undone')
  })

  test('may say that it is done, and is believed only when that is true', async () => {
    const { stage, run, questions } = asked([{ key: 'mark-done' }, { key: 'mark-done' }])
    stage.world.on.set('middle fence', () => {
      throw new CutoverError('system.refused', 'cut off')
    })
    stage.world.on.set('verify fence', (_context, count) => {
      if (count === 2) stage.world.cells.set('fence', 'new fence') // put right by hand meanwhile
    })
    const outcome = await run()
    expect(questions[1]?.text).toMatch(/^fence failed: fence ran, but: fence is half of new fence/)
    expect(outcome.end).toBe('completed')
    expect(outcome.rows[1]).toMatchObject({ state: 'done', message: 'fence is new fence (ann@jump says so)' })
  })

  test('who says that the step of no return is done makes the run pass it', async () => {
    const { stage, run } = asked([{ key: 'mark-done' }])
    stage.world.on.set('middle release', () => {
      stage.world.cells.set('release', 'new release')
      throw new CutoverError('system.ambiguous', 'no answer')
    })
    expect(await run()).toMatchObject({ end: 'completed', noReturnPassed: true })
  })

  test('is not offered to walk back after the point of no return', async () => {
    const { stage, run, questions } = asked([{ key: 'undo' }])
    failsAlways(stage, 'run config')
    expect(await run()).toMatchObject({ end: 'stopped', noReturnPassed: true })
    expect(keys(questions[0])).toEqual(['retry', 'mark-done', 'park'])
    expect(questions[0]?.otherwise).toBe('the run stops as it stands')
  })

  test('who says nothing in the pause has the run walked back when its budget has passed', async () => {
    const { stage, run } = asked([])
    failsAlways(stage, 'run fence')
    expect((await run()).end).toBe('undone')
    expect(stage.clock.monotonicMs()).toBe(30_000)
  })

  test('who says nothing outside the pause has the playbook decide after half an hour', async () => {
    const { stage, run } = asked([])
    failsAlways(stage, 'run account')
    expect((await run()).end).toBe('undone')
    expect(stage.clock.monotonicMs()).toBe(30 * 60_000)
  })

  test('is asked about a gate as well, and an answer that was not offered is none', async () => {
    const { stage, run, questions } = asked([{ key: 'mark-done' }])
    stage.world.readings.set('quiet', [{ state: 'closed', reason: 'somebody writes', final: true }])
    expect((await run(playbookOf({ pause: [step('fence'), gate('quiet')] }))).end).toBe('undone')
    expect(keys(questions[0])).toEqual(['retry', 'undo', 'park'])
  })
})

test('without anybody to ask the playbook decides at once', async () => {
  const stage = setStage()
  failsAlways(stage, 'run fence')
  expect((await stage.run(playbook)).end).toBe('undone')
  expect(stage.clock.monotonicMs()).toBe(0)
})

test('a lost lock is asked about nobody, and nothing is walked back', async () => {
  const { stage, run, questions } = asked([{ key: 'undo' }])
  stage.world.on.set('run fence', () => {
    throw new CutoverError('locked', 'the lock was broken')
  })
  expect((await run()).end).toBe('stopped')
  expect(questions).toEqual([])
  expect(stage.world.calls).not.toContain('undo account')
})
