import { expect, test } from 'vitest'
import { CutoverError } from '../../../src/core/errors.ts'
import { playbookOf, step } from './small-world.ts'
import { setStage, type Stage } from './start.ts'

const playbook = playbookOf({
  prepare: [step('account')],
  pause: [step('config'), step('fence'), step('sync'), step('release', { pointOfNoReturn: true })],
})

function fails(
  code: 'system.unreachable' | 'system.ambiguous' | 'conflict' | 'internal',
  times = Number.POSITIVE_INFINITY,
) {
  return (_context: unknown, call: number): void => {
    if (call <= times)
      throw new CutoverError(code, `the undo failed (${call})`, { hint: 'Start the server.' })
  }
}

/** A run in which the step before the release fails. */
function failAtSync(stage: Stage): void {
  stage.world.on.set('run sync', () => {
    throw new CutoverError('system.refused', 'no')
  })
}

test('an undo that fails is tried again, with growing pauses', async () => {
  const stage = setStage()
  failAtSync(stage)
  stage.world.on.set('undo fence', fails('system.unreachable', 2))
  const outcome = await stage.run(playbook)
  expect(outcome.end).toBe('undone')
  expect(stage.clock.monotonicMs()).toBe(6000)
  const retries = stage.events.flatMap((event) => (event.type === 'undo.retry' ? [event] : []))
  expect(retries.map(({ attempt, attempts, waitMs }) => [attempt, attempts, waitMs])).toEqual([
    [1, 3, 1000],
    [2, 3, 5000],
  ])
})

test('an undo is tried three times and no more', async () => {
  const stage = setStage()
  failAtSync(stage)
  stage.world.on.set('undo fence', fails('internal'))
  const outcome = await stage.run(playbook)
  expect(outcome.end).toBe('stranded')
  expect(stage.world.calls.filter((call) => call === 'undo fence')).toHaveLength(3)
})

test.each(['system.unreachable', 'system.ambiguous'] as const)(
  'an undo waits about a minute for a system that is away (%s)',
  async (code) => {
    const stage = setStage()
    failAtSync(stage)
    stage.world.on.set('undo fence', fails(code, 10))
    expect((await stage.run(playbook)).end).toBe('undone')
    expect(stage.clock.monotonicMs()).toBe(1000 + 9 * 5000)

    const gone = setStage()
    failAtSync(gone)
    gone.world.on.set('undo fence', fails(code))
    expect((await gone.run(playbook)).end).toBe('stranded')
    expect(gone.clock.monotonicMs()).toBe(61_000)
  },
)

test('an undo that no repetition can help is not repeated', async () => {
  const stage = setStage()
  failAtSync(stage)
  stage.world.on.set('undo fence', fails('conflict'))
  await stage.run(playbook)
  expect(stage.world.calls.filter((call) => call === 'undo fence')).toHaveLength(1)
})

test('an undo that hangs is cut at its deadline, at least 30 s, and the next one has its turn', async () => {
  const stage = setStage()
  failAtSync(stage)
  stage.world.on.set('undo fence', (context) => stage.clock.sleep(3_600_000, context.signal))
  const outcome = await stage.run(playbook)
  expect(outcome.end).toBe('stranded')
  expect(stage.clock.monotonicMs()).toBe(3 * 30_000 + 6000)
  expect(stage.world.cells.has('config')).toBe(false)
})

test('after a failed undo the rest of the pause is still walked back, and what it stands on is left', async () => {
  const stage = setStage()
  failAtSync(stage)
  stage.world.on.set('undo fence', fails('conflict'))
  const outcome = await stage.run(playbook)
  expect([...stage.world.cells]).toEqual([
    ['account', 'new account'],
    ['fence', 'new fence'],
  ])
  expect(outcome.whatIsTrue).toEqual([
    'Walked back, as it was before: config (config is null again), sync (sync is null again).',
    'account is NOT undone: left as it is, because fence still stands.',
    'fence is NOT undone: the undo failed (1).',
    'Not begun: release.',
    'The point of no return was not passed.',
  ])
  expect(outcome.whatToDo).toEqual([
    'Settle fence first; a later undo takes up the rest.',
    'Start the server.',
    'Walk back what was done: cutover undo run-1',
  ])
})

test('an undo whose before-image is not true again has failed', async () => {
  const stage = setStage()
  failAtSync(stage)
  stage.world.on.set('verifyUndone fence', () => {
    stage.world.cells.set('fence', 'up again')
  })
  const outcome = await stage.run(playbook)
  expect(outcome.end).toBe('stranded')
  expect(outcome.whatIsTrue).toContain('fence is NOT undone: the undo of fence ran, but: fence is up again.')
})

test('steps without undo are left out with the reason, and the others are walked back', async () => {
  const stage = setStage()
  stage.world.on.set('run last', () => {
    throw new Error('no')
  })
  const outcome = await stage.run(
    playbookOf({
      prepare: [
        step('a'),
        step('b', { uses: 'set-for-good' }),
        step('c', { uses: 'burn-cell' }),
        step('last'),
      ],
    }),
  )
  expect(outcome.end).toBe('undone')
  expect([...stage.world.cells]).toEqual([
    ['b', 'new b'],
    ['c', 'new c'],
  ])
  expect(outcome.whatIsTrue).toEqual([
    'Walked back, as it was before: a (a is null again), last (last is null again).',
    'b stays as it is, it was not undone: this kind of step has no undo.',
    'c stays as it is, it was not undone: ashes stay ashes.',
    'The point of no return was not passed.',
  ])
})

test('an undo by hand takes up what an earlier one left, and goes over what comes before it once more', async () => {
  const stage = setStage()
  failAtSync(stage)
  stage.world.on.set('undo fence', fails('conflict'))
  await stage.run(playbook)
  stage.world.on.delete('undo fence')
  stage.world.calls.length = 0
  const outcome = await stage.undo(playbook)
  expect(outcome).toMatchObject({ end: 'undone', failedItem: 'sync' })
  const undone = stage.world.calls.filter((call) => call.startsWith('undo '))
  expect(undone).toEqual(['undo fence', 'undo config', 'undo account'])
  expect([...stage.world.cells]).toEqual([])
})

test('two steps on one thing are walked back to its first state, also when the later undo failed at first', async () => {
  const stage = setStage()
  stage.world.cells.set('document', 'the original')
  const twice = playbookOf({
    pause: [
      step('first', { with: { cell: 'document', to: 'first' } }),
      step('second', { with: { cell: 'document', to: 'second' } }),
      step('last'),
    ],
  })
  stage.world.on.set('run last', () => {
    throw new Error('no')
  })
  stage.world.on.set('undo second', fails('conflict', 1))
  expect((await stage.run(twice)).end).toBe('stranded')
  expect((await stage.undo(twice)).end).toBe('undone')
  expect(stage.world.cells.get('document')).toBe('the original')
})

test('a finished run without a point of no return can be walked back', async () => {
  const stage = setStage()
  const harmless = playbookOf({ prepare: [step('a'), step('b')] })
  await stage.run(harmless)
  const outcome = await stage.undo(harmless)
  expect(outcome.end).toBe('undone')
  expect([...stage.world.cells]).toEqual([])
})

test('a run that passed the point of no return is never walked back', async () => {
  const stage = setStage()
  stage.world.on.set('run release', () => {
    throw new Error('no')
  })
  await stage.run(playbook)
  await expect(stage.undo(playbook)).rejects.toMatchObject({
    code: 'usage',
    message: 'run run-1 cannot be undone: the point of no return was passed',
    hint: 'cutover resume run-1',
  })
})

test('a journal without a run cannot be undone', async () => {
  await expect(setStage().undo(playbook)).rejects.toMatchObject({
    code: 'usage',
    message: 'the journal holds no run',
  })
})

test('a run that is walked back already cannot be undone again', async () => {
  const stage = setStage()
  failAtSync(stage)
  await stage.run(playbook)
  await expect(stage.undo(playbook)).rejects.toMatchObject({
    message: 'run run-1 cannot be undone: it has ended: undone',
  })
})
