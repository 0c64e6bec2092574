import { expect, test } from 'vitest'
import { exitCodes } from '../../../src/cli/exit-codes.ts'
import { exitCodeOfRun } from '../../../src/cli/runs/run-exit-code.ts'
import { CutoverError } from '../../../src/core/errors.ts'
import { gate, playbookOf, step } from './small-world.ts'
import { setStage } from './start.ts'

const playbook = playbookOf({ prepare: [step('account')], pause: [gate('quiet'), step('fence')] })

const lose = (): never => {
  throw new CutoverError('locked', 'This run has lost its lock: bea broke it')
}

test('a run that has lost its lock ends at once, and neither walks back nor writes its journal', async () => {
  const stage = setStage()
  stage.world.on.set('run fence', lose)
  const outcome = await stage.run(playbook)
  expect(outcome).toMatchObject({ end: 'stopped', failure: { code: 'locked' } })
  expect(exitCodeOfRun(outcome)).toBe(exitCodes.locked)
  expect(stage.story().at(-1)).toBe('step.intended fence')
  expect(stage.world.calls.filter((call) => call.startsWith('undo'))).toEqual([])
  expect(stage.clock.monotonicMs()).toBe(0)
})

test('a gate that meets a lost lock is not waited for', async () => {
  const stage = setStage()
  stage.world.readings.set('quiet', [lose])
  const outcome = await stage.run(playbook)
  expect(outcome.failure?.code).toBe('locked')
  expect(stage.story().at(-1)).toBe('gate.waiting quiet')
  expect(stage.clock.monotonicMs()).toBe(0)
})

test('an undo that meets a lost lock is not tried again, and nothing more is walked back', async () => {
  const stage = setStage()
  stage.world.on.set('run fence', () => {
    throw new CutoverError('system.refused', 'no')
  })
  stage.world.on.set('undo fence', lose)
  const outcome = await stage.run(playbook)
  expect(exitCodeOfRun(outcome)).toBe(exitCodes.locked)
  expect(stage.story().at(-1)).toBe('undo.intended fence')
  expect(stage.world.calls).not.toContain('undo account')
  expect(stage.clock.monotonicMs()).toBe(0)
})
