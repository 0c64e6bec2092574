import { expect, test } from 'vitest'
import { CutoverError } from '../../../src/core/errors.ts'
import { renderReport } from '../../../src/report/render-report.ts'
import { createRunControl } from '../../../src/runner/run-control.ts'
import { gate, playbookOf, step } from '../runner/small-world.ts'
import { setStage, type Stage } from '../runner/start.ts'

const playbook = playbookOf({
  prepare: [gate('ready'), step('account')],
  pause: [step('fence'), step('release', { pointOfNoReturn: true })],
  settle: [step('cleanup', { uses: 'set-for-good' })],
})

function withTimes(stage: Stage): void {
  stage.world.readings.set('ready', [
    { state: 'closed', reason: 'not yet' },
    { state: 'open', measured: 'lag 0' },
  ])
  stage.world.on.set('run account', (context) => stage.clock.sleep(2000, context.signal))
  stage.world.on.set('run fence', (context) => stage.clock.sleep(8000, context.signal))
}

test('a completed run: verdict first, then every item with its time, then what is true', async () => {
  const stage = setStage()
  withTimes(stage)
  await stage.run(playbook)
  expect(renderReport({ playbook, entries: stage.journal.entries }))
    .toBe(`Completed in 10.2 s. Every step is verified.
run run-1 of small, begun 2026-11-21T02:00:00.000Z

prepare  2.2 s
  gate  ready    done          200 ms  █
          lag 0
  step  account  done             2 s  █████
          account is new account

pause  8 s
  step  fence    done             8 s  ████████████████████
          fence is new fence
  step  release  done
          release is new release

settle  0 ms
  step  cleanup  done
          cleanup is new cleanup

What is true now
  Done and in effect: account, fence, release, cleanup.
  The point of no return was passed: the target may hold writes that the source lacks.

What to do
  Nothing. Keep the journal with the change ticket.
`)
})

test('a run that was walked back tells the cause and how long each undo took', async () => {
  const stage = setStage()
  withTimes(stage)
  stage.world.on.set('middle fence', () => {
    throw new CutoverError('system.refused', 'the server said no.', { hint: 'Ask it nicely.' })
  })
  stage.world.on.set('undo account', (context) => stage.clock.sleep(700, context.signal))
  await stage.run(playbook)
  const text = renderReport({ playbook, entries: stage.journal.entries })
  expect(text.split('\n')[0]).toBe(
    'Walked back: everything is as it was before. Cause, at fence: the server said no.',
  )
  expect(text).toContain('undo took 700 ms')
  expect(text).toContain('  step  release  waiting\n')
  expect(text).toContain(
    'What to do\n  Ask it nicely.\n  When the cause is gone, start again: cutover run small.yaml\n',
  )
})

test.each([
  ['nothing was changed', 'observe account', 'Ended before anything was changed. Cause, at account: no.'],
  [
    'the run stopped after the point of no return',
    'run release',
    'Stopped as it stands after 10.2 s; nothing was walked back. Cause, at release: no.',
  ],
])('the verdict when %s', async (_when, call, verdict) => {
  const stage = setStage()
  withTimes(stage)
  stage.world.on.set(call, () => {
    throw new CutoverError('system.refused', 'no')
  })
  await stage.run(playbook)
  expect(renderReport({ playbook, entries: stage.journal.entries }).split('\n')[0]).toBe(verdict)
})

test('the verdict of a stranded run calls for a person', async () => {
  const stage = setStage()
  for (const call of ['run fence', 'undo account']) {
    stage.world.on.set(call, () => {
      throw new CutoverError('conflict', `${call} failed`)
    })
  }
  await stage.run(playbook)
  const text = renderReport({ playbook, entries: stage.journal.entries })
  expect(text.split('\n')[0]).toBe(
    'STRANDED: the undo did not finish, a person is needed. Cause, at fence: run fence failed.',
  )
  expect(text).toContain('  account is NOT undone: undo account failed.\n')
})

test('every prefix of a journal gives a report, as after a crash', async () => {
  const stage = setStage()
  await stage.run(playbook)
  const { entries } = stage.journal
  for (let length = 1; length < entries.length; length += 1) {
    const text = renderReport({ playbook, entries: entries.slice(0, length) })
    expect(text).toContain(`The run did not end: its last entry is ${entries[length - 1]?.type}`)
    expect(text).toMatch(/cutover (resume|undo) run-1/)
  }
})

test('a step in doubt is said to be in doubt', async () => {
  const stage = setStage()
  await stage.run(playbook)
  const cut = stage.journal.entries.findIndex((entry) => entry.type === 'step.done' && entry.id === 'fence')
  expect(renderReport({ playbook, entries: stage.journal.entries.slice(0, cut) })).toContain(
    'fence was begun and its outcome is not recorded: it may or may not have taken effect.',
  )
})

test('the journal alone is enough for a report', async () => {
  const stage = setStage()
  await stage.run(playbook)
  const text = renderReport({ entries: stage.journal.entries })
  expect(text).toBe(renderReport({ playbook, entries: stage.journal.entries }))
})

test('an empty journal says so', () => {
  expect(renderReport({ entries: [] }).split('\n')[0]).toBe('The journal is empty: the run did not begin.')
})

test('what people said and asked stands in the report, with who and when', async () => {
  const stage = setStage()
  const control = createRunControl()
  stage.world.on.set('run account', async () => {
    await control.note('the dashboard looks fine', 'bob@jump')
    await control.ask('park', 'ann@jump', 'the window is short')
  })
  await stage.run(playbook, { control })
  await stage.run(playbook)
  expect(renderReport({ playbook, entries: stage.journal.entries })).toContain(`What people said
  2026-11-21T02:00:00.000Z  bob@jump noted: the dashboard looks fine
  2026-11-21T02:00:00.000Z  ann@jump asked to stop: the window is short
  2026-11-21T02:00:00.000Z  tester@here took the run up
`)
})

test('the pause is as long as users waited, the undo of what was done in it included', async () => {
  const stage = setStage()
  stage.world.on.set('middle fence', async (context) => {
    await stage.clock.sleep(8000, context.signal)
    throw new CutoverError('system.refused', 'the server said no')
  })
  stage.world.on.set('undo fence', (context) => stage.clock.sleep(4000, context.signal))
  await stage.run(playbook)
  expect(renderReport({ playbook, entries: stage.journal.entries })).toContain('\npause  12 s\n')
})
