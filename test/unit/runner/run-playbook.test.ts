import { expect, test } from 'vitest'
import { CutoverError } from '../../../src/core/errors.ts'
import { gate, playbookOf, step } from './small-world.ts'
import { setStage } from './start.ts'

const whole = playbookOf({
  prepare: [gate('ready'), step('account')],
  pause: [step('fence'), gate('quiet'), step('release', { pointOfNoReturn: true }), step('config')],
  settle: [step('cleanup')],
})

test('a run does every item in order and records each intention before its deed', async () => {
  const stage = setStage()
  const outcome = await stage.run(whole)
  expect(outcome.end).toBe('completed')
  expect(stage.story()).toEqual([
    'run.started',
    'phase.started prepare',
    'gate.waiting ready',
    'gate.read ready',
    'gate.opened ready',
    'step.intended account',
    'step.done account',
    'phase.started pause',
    'step.intended fence',
    'step.done fence',
    'gate.waiting quiet',
    'gate.read quiet',
    'gate.opened quiet',
    'step.intended release',
    'no-return.passed release',
    'step.done release',
    'step.intended config',
    'step.done config',
    'phase.started settle',
    'step.intended cleanup',
    'step.done cleanup',
    'run.ended completed',
  ])
  expect(stage.clock.pending).toBe(0)
})

test('a step that fails before the point of no return is undone with everything before it, last first', async () => {
  const stage = setStage()
  stage.world.on.set('middle fence', () => {
    throw new CutoverError('system.refused', 'the server said no', {
      hint: 'Ask it nicely.',
      where: 'source',
    })
  })
  const outcome = await stage.run(whole)
  expect(outcome).toMatchObject({
    end: 'undone',
    failedItem: 'fence',
    failure: { code: 'system.refused', message: 'the server said no (source)', hint: 'Ask it nicely.' },
    noReturnPassed: false,
    nothingChanged: false,
    declined: false,
  })
  expect([...stage.world.cells]).toEqual([])
  expect(stage.story().slice(-8)).toEqual([
    'step.intended fence',
    'step.failed fence',
    'undo.started',
    'undo.intended fence',
    'undo.done fence',
    'undo.intended account',
    'undo.done account',
    'run.ended undone',
  ])
})
