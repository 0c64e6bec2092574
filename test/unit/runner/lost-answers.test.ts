import { expect, test } from 'vitest'
import { CutoverError, type ErrorCode } from '../../../src/core/errors.ts'
import { playbookOf, step } from './small-world.ts'
import { setStage, type Stage } from './start.ts'

const playbook = playbookOf({
  prepare: [step('account')],
  pause: [step('fence'), step('release', { pointOfNoReturn: true }), step('config', { deadlineMs: 40_000 })],
})

function failing(stage: Stage, call: string, code: ErrorCode, times: number): void {
  stage.world.on.set(call, (_context, count) => {
    if (count <= times) throw new CutoverError(code, `${call} got no answer`)
  })
}

test('a deed whose answer was lost is looked at, and not done again when it happened', async () => {
  const stage = setStage()
  stage.world.on.set('middle fence', () => {
    stage.world.cells.set('fence', 'new fence')
    throw new CutoverError('system.ambiguous', 'the session was lost')
  })
  expect((await stage.run(playbook)).end).toBe('completed')
  expect(stage.world.calls.filter((call) => call === 'run fence')).toHaveLength(1)
})

test('a deed whose answer was lost is done again when it did not happen, with its first before-image', async () => {
  const stage = setStage()
  stage.world.cells.set('fence', 'the original')
  failing(stage, 'middle fence', 'system.ambiguous', 1)
  stage.world.on.set('run release', () => {
    throw new CutoverError('system.refused', 'no')
  })
  const before = new Map(stage.world.cells)
  const halfway = playbookOf({ pause: [step('fence'), step('other')] })
  stage.world.on.set('run other', () => {
    throw new CutoverError('system.refused', 'no')
  })
  expect((await stage.run(halfway)).end).toBe('undone')
  expect(stage.world.calls.filter((call) => call === 'run fence')).toHaveLength(2)
  expect(stage.world.cells).toEqual(before)
})

test('a system that is away for a few seconds is waited for', async () => {
  const stage = setStage()
  failing(stage, 'observe fence', 'system.unreachable', 5)
  expect((await stage.run(playbook)).end).toBe('completed')
})

test('a system that stays away leads to undo after ten seconds', async () => {
  const stage = setStage()
  failing(stage, 'run fence', 'system.unreachable', Number.POSITIVE_INFINITY)
  const outcome = await stage.run(playbook)
  expect(outcome).toMatchObject({
    end: 'undone',
    failedItem: 'fence',
    failure: { code: 'system.unreachable' },
  })
  expect(stage.clock.monotonicMs()).toBeLessThan(12_000)
  expect([...stage.world.cells]).toEqual([])
})

test('after the point of no return it is waited for until the deadline of the step', async () => {
  const stage = setStage()
  stage.world.on.set('run config', () => {
    if (stage.clock.monotonicMs() < 30_000) throw new CutoverError('system.unreachable', 'away')
  })
  expect((await stage.run(playbook)).end).toBe('completed')
})

test('when it is not back by then, the run stops and says what it met', async () => {
  const stage = setStage()
  failing(stage, 'run config', 'system.ambiguous', Number.POSITIVE_INFINITY)
  const outcome = await stage.run(playbook)
  expect(outcome).toMatchObject({ end: 'stopped', noReturnPassed: true, failedItem: 'config' })
  expect(stage.clock.monotonicMs()).toBeGreaterThan(39_000)
  expect(stage.clock.pending).toBe(0)
})

test('a refusal is not tried again', async () => {
  const stage = setStage()
  failing(stage, 'run fence', 'system.forbidden', 1)
  expect((await stage.run(playbook)).end).toBe('undone')
  expect(stage.world.calls.filter((call) => call === 'run fence')).toHaveLength(1)
})
