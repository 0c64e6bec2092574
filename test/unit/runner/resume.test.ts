import { expect, test } from 'vitest'
import { CutoverError } from '../../../src/core/errors.ts'
import type { EntryBody } from '../../../src/core/journal-entry.ts'
import { planPlaybook } from '../../../src/runner/plan-playbook.ts'
import type { RunOptions } from '../../../src/runner/run-playbook.ts'
import { createMemoryJournal } from './memory-journal.ts'
import { gate, playbookOf, step } from './small-world.ts'
import { setStage, type Stage } from './start.ts'

const playbook = playbookOf({
  prepare: [gate('ready'), step('account')],
  pause: [step('fence'), gate('quiet'), step('release', { pointOfNoReturn: true }), step('config')],
})

/** Runs until the entry that matches, and dies before it is written: whatever was done by then stays done. */
async function runUntil(
  stage: Stage,
  dies: (body: EntryBody) => boolean,
  more?: Partial<RunOptions>,
): Promise<void> {
  const death = new CutoverError('journal.unusable', 'the process died')
  const dying = createMemoryJournal(stage.clock, [], (body) => {
    if (dies(body)) throw death
  })
  stage.journal = dying
  await stage.run(playbook, more)
  stage.journal = createMemoryJournal(stage.clock, dying.entries)
  stage.world.calls.length = 0
}

test('done steps are not repeated', async () => {
  const stage = setStage()
  await runUntil(stage, (body) => body.type === 'gate.opened' && body.id === 'quiet')
  const outcome = await stage.run(playbook)
  expect(outcome.end).toBe('completed')
  expect(stage.world.calls.filter((call) => call.startsWith('run'))).toEqual(['run release', 'run config'])
})

test('a run that died before its first step is held to the plan it was begun with', async () => {
  const stage = setStage()
  const { digest } = await stage.clock.drive(planPlaybook(stage.options(playbook)))
  await runUntil(stage, (body) => body.type === 'phase.started', { expectedPlanDigest: digest })
  stage.world.cells.set('fence', 'moved by somebody')
  const outcome = await stage.run(playbook)
  expect(outcome).toMatchObject({ end: 'stopped', nothingChanged: true, failure: { code: 'plan.drift' } })
})

test('a step in doubt whose wanted state is true is done, and does not run again', async () => {
  const stage = setStage()
  await runUntil(stage, (body) => body.type === 'step.done' && body.id === 'fence')
  const outcome = await stage.run(playbook)
  expect(outcome.end).toBe('completed')
  expect(stage.world.calls).not.toContain('run fence')
  expect(stage.world.calls).not.toContain('observe fence')
})

test('a step in doubt whose wanted state is not true runs again with its first before-image', async () => {
  const stage = setStage()
  stage.world.cells.set('fence', 'the original')
  await runUntil(stage, (body) => body.type === 'step.done' && body.id === 'fence')
  stage.world.cells.set('fence', 'half of new fence')
  stage.world.on.set('run release', () => undefined)
  stage.world.on.set('observe release', () => {
    throw new Error('fail here, so that everything is walked back')
  })
  const outcome = await stage.run(playbook)
  expect(outcome.end).toBe('undone')
  expect(stage.world.calls).toContain('run fence')
  expect(stage.world.cells.get('fence')).toBe('the original')
})

test('a gate that was open is watched again when no later step had begun', async () => {
  const stage = setStage()
  await runUntil(stage, (body) => body.type === 'step.intended' && body.id === 'release')
  await stage.run(playbook)
  expect(stage.world.calls.filter((call) => call.startsWith('read'))).toEqual(['read quiet'])
})

test('a release found in effect after a crash has passed the point of no return', async () => {
  const stage = setStage()
  await runUntil(stage, (body) => body.type === 'no-return.passed')
  stage.world.cells.set('release', 'new release')
  const outcome = await stage.run(playbook)
  expect(outcome).toMatchObject({ end: 'completed', noReturnPassed: true })
  expect(stage.story().filter((line) => line === 'no-return.passed release')).toHaveLength(1)
  expect(stage.world.calls).not.toContain('run release')
})

test('a run stopped after the point of no return goes forward and never back', async () => {
  const stage = setStage()
  stage.world.on.set('run config', (_context, call) => {
    if (call === 1) throw new CutoverError('service.unhealthy', 'orders-2 did not come up')
  })
  expect((await stage.run(playbook)).end).toBe('stopped')
  const outcome = await stage.run(playbook)
  expect(outcome).toMatchObject({ end: 'completed', noReturnPassed: true })
  expect(outcome).not.toHaveProperty('failure')
  expect(stage.story().filter((line) => line.startsWith('undo'))).toEqual([])
})

test('the budget of a pause counts from its beginning, the time of a crash included', async () => {
  const stage = setStage()
  await runUntil(stage, (body) => body.type === 'step.done' && body.id === 'fence')
  await stage.clock.advance(130_000)
  const outcome = await stage.run(playbook)
  expect(outcome).toMatchObject({
    end: 'undone',
    failure: { message: 'the pause passed its budget of 2 min 00 s' },
  })
  expect([...stage.world.cells]).toEqual([])
})

test('an undo that was cut off by a crash is taken up, and the run does not go forward', async () => {
  const stage = setStage()
  stage.world.on.set('run fence', () => {
    throw new Error('no')
  })
  await runUntil(stage, (body) => body.type === 'undo.done' && body.id === 'fence')
  await expect(stage.run(playbook)).rejects.toMatchObject({
    code: 'usage',
    message: 'run run-1 cannot be resumed: its undo has begun',
    hint: 'cutover undo run-1',
  })
  const outcome = await stage.undo(playbook)
  expect(outcome).toMatchObject({ end: 'undone', failedItem: 'fence' })
  expect([...stage.world.cells]).toEqual([])
})

test('a run is not taken up with another version of its playbook', async () => {
  const stage = setStage()
  await runUntil(stage, (body) => body.type === 'step.done' && body.id === 'fence')
  const other = { ...playbook, digest: 'another digest' }
  await expect(stage.run(other)).rejects.toMatchObject({ code: 'plan.drift' })
  await expect(stage.undo(other)).rejects.toMatchObject({ code: 'plan.drift' })
})

test('a completed run is not run again', async () => {
  const stage = setStage()
  await stage.run(playbook)
  await expect(stage.run(playbook)).rejects.toMatchObject({
    message: 'run run-1 cannot be resumed: it has ended: completed',
  })
})

test('an entry of an unknown kind keeps this version away from the run', async () => {
  const stage = setStage()
  await stage.journal.append({ type: 'moon.risen' } as unknown as EntryBody)
  await expect(stage.run(playbook)).rejects.toMatchObject({
    code: 'journal.unusable',
    message: 'entry 1 is of an unknown kind: moon.risen',
  })
})

test.each(['operator', 'supervisor'] as const)(
  'the journal says when the %s took a run up',
  async (takenUpBy) => {
    const stage = setStage()
    await runUntil(stage, (body) => body.type === 'step.done' && body.id === 'fence')
    await stage.run(playbook, { takenUpBy })
    expect(stage.journal.entries).toContainEqual(
      expect.objectContaining({ type: 'run.resumed', by: takenUpBy }),
    )
  },
)
