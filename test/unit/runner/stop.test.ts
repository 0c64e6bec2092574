import { expect, test } from 'vitest'
import type { GateReading } from '../../../src/core/gate.ts'
import type { StepContext } from '../../../src/core/step.ts'
import { gate, playbookOf, step } from './small-world.ts'
import { setStage, type Stage } from './start.ts'

const playbook = playbookOf(
  {
    prepare: [step('account')],
    pause: [step('fence'), gate('quiet'), step('release', { pointOfNoReturn: true }), step('config')],
  },
  30_000,
)

function takes(stage: Stage, ms: number): (context: StepContext) => Promise<void> {
  return (context) => stage.clock.sleep(ms, context.signal)
}

test('a stop before the point of no return cuts the step in hand and walks back', async () => {
  const stage = setStage()
  stage.world.on.set('middle fence', async (context) => {
    stage.stop.abort()
    await stage.clock.sleep(5000, context.signal)
  })
  const outcome = await stage.run(playbook)
  expect(outcome).toMatchObject({
    end: 'undone',
    failedItem: 'fence',
    failure: { code: 'interrupted', message: 'the run was asked to stop' },
  })
  expect([...stage.world.cells]).toEqual([])
  expect(stage.clock.monotonicMs()).toBe(0)
})

test('a stop walks back even at an item with "onFailure: stop"', async () => {
  const stage = setStage()
  stage.world.on.set('run b', () => stage.stop.abort())
  const outcome = await stage.run(playbookOf({ prepare: [step('a'), step('b', { onFailure: 'stop' })] }))
  expect(outcome.end).toBe('undone')
})

test('the undo after a stop runs under a signal that has not fired', async () => {
  const stage = setStage()
  const aborted: boolean[] = []
  stage.world.on.set('run fence', () => stage.stop.abort())
  stage.world.on.set('undo fence', (context) => {
    aborted.push(context.signal.aborted)
  })
  await stage.run(playbook)
  expect(aborted).toEqual([false])
})

test('a stop that came before the run begins changes nothing', async () => {
  const stage = setStage()
  stage.stop.abort()
  const outcome = await stage.run(playbook)
  expect(outcome).toMatchObject({ end: 'undone', nothingChanged: true })
  expect(stage.world.calls).toEqual([])
})

test('a stop after the point of no return lets the pause finish, and what settles does not begin', async () => {
  const stage = setStage()
  stage.world.on.set('middle release', async (context) => {
    stage.stop.abort()
    await stage.clock.sleep(5000, context.signal)
  })
  const outcome = await stage.run(playbookOf({ ...playbook.phases, settle: [step('cleanup')] }))
  expect(outcome).toMatchObject({ end: 'stopped', failure: { code: 'interrupted' }, noReturnPassed: true })
  expect(stage.world.cells.get('config')).toBe('new config')
  expect(stage.world.calls).not.toContain('observe cleanup')
  expect(stage.events).toContainEqual({ type: 'stop.deferred', reason: 'the run was asked to stop' })
})

test('a stop does not cut a step that began after the point of no return', async () => {
  const stage = setStage()
  stage.world.on.set('middle config', async (context) => {
    stage.stop.abort()
    await stage.clock.sleep(5000, context.signal)
  })
  const more = playbookOf({ ...playbook.phases, settle: [step('cleanup')] })
  const outcome = await stage.run(more)
  expect(outcome).toMatchObject({ end: 'stopped', failure: { code: 'interrupted' } })
  expect(stage.story().slice(-2)).toEqual(['step.done config', 'run.ended stopped'])
})

test('a stop while a gate of settle waits ends the run at once, and the gate has not failed', async () => {
  const stage = setStage()
  const late = playbookOf({ pause: [step('release', { pointOfNoReturn: true })], settle: [gate('healthy')] })
  stage.world.readings.set('healthy', [
    () => {
      stage.stop.abort()
      return { state: 'closed', reason: 'one instance is not up' } satisfies GateReading
    },
  ])
  const outcome = await stage.run(late)
  expect(outcome).toMatchObject({ end: 'stopped', failure: { code: 'interrupted' } })
  expect(stage.clock.monotonicMs()).toBe(0)
  expect(stage.story().slice(-2)).toEqual(['gate.waiting healthy', 'run.ended stopped'])
})

test('a pause over its budget before the point of no return walks back', async () => {
  const stage = setStage()
  stage.world.on.set('run account', takes(stage, 15_000))
  stage.world.on.set('run fence', takes(stage, 15_000))
  stage.world.on.set('observe release', takes(stage, 19_000))
  const outcome = await stage.run(playbook)
  expect(outcome).toMatchObject({
    end: 'undone',
    failedItem: 'release',
    failure: { code: 'deadline', message: 'the pause passed its budget of 30 s' },
  })
  expect(stage.clock.monotonicMs()).toBe(45_000)
})

test('a pause over its budget after the point of no return is said loudly and goes on', async () => {
  const stage = setStage()
  stage.world.on.set('run fence', takes(stage, 18_000))
  stage.world.on.set('run release', takes(stage, 18_000))
  const outcome = await stage.run(playbook)
  expect(outcome.end).toBe('completed')
  expect(stage.events).toContainEqual({ type: 'pause.over-budget', budgetMs: 30_000, passed: true })
})

test('a pause over its budget goes on when the playbook says so', async () => {
  const stage = setStage()
  stage.world.on.set('run fence', takes(stage, 18_000))
  stage.world.on.set('observe release', takes(stage, 18_000))
  const outcome = await stage.run({ ...playbook, onOverrun: 'go-on' })
  expect(outcome.end).toBe('completed')
  expect(stage.events).toContainEqual({ type: 'pause.over-budget', budgetMs: 30_000, passed: false })
})

test('what comes after the pause does not count against its budget', async () => {
  const stage = setStage()
  stage.world.on.set('run later', takes(stage, 19_000))
  stage.world.on.set('run latest', takes(stage, 19_000))
  const outcome = await stage.run(
    playbookOf({ pause: [step('now')], settle: [step('later'), step('latest')] }, 30_000),
  )
  expect(outcome.end).toBe('completed')
})
