import { expect, test } from 'vitest'
import { CutoverError } from '../../../src/core/errors.ts'
import { gate, playbookOf, step } from './small-world.ts'
import { setStage } from './start.ts'

const whole = playbookOf({
  prepare: [gate('ready'), step('account')],
  pause: [step('fence'), gate('quiet'), step('release', { pointOfNoReturn: true }), step('config')],
  settle: [step('cleanup')],
})

function refused(): never {
  throw new CutoverError('system.refused', 'the server said no', { hint: 'Ask it nicely.', where: 'source' })
}

test('a run does every item in order and records each intention before its deed', async () => {
  const stage = setStage()
  const outcome = await stage.run(whole)
  expect(outcome).toMatchObject({
    end: 'completed',
    noReturnPassed: true,
    nothingChanged: false,
    declined: false,
  })
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

test('the point of no return is in the journal when its deed begins, and not before its intention', async () => {
  const stage = setStage()
  let story: readonly string[] = []
  stage.world.on.set('run release', () => {
    story = stage.story()
  })
  await stage.run(whole)
  expect(story.slice(-2)).toEqual(['step.intended release', 'no-return.passed release'])
})

test('a step that fails before the point of no return is undone with everything before it, last first', async () => {
  const stage = setStage()
  stage.world.on.set('middle fence', refused)
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

test('a step that cannot be observed changes nothing and is not undone', async () => {
  const stage = setStage()
  stage.world.on.set('observe account', refused)
  const outcome = await stage.run(whole)
  expect(outcome).toMatchObject({ end: 'undone', nothingChanged: true, whatIsTrue: ['Nothing was changed.'] })
  expect(stage.world.calls).not.toContain('undo account')
})

test('a step whose wanted state is not true right after it ran has failed', async () => {
  const stage = setStage()
  stage.world.on.set('verify fence', () => {
    stage.world.cells.set('fence', 'torn down by somebody')
  })
  const outcome = await stage.run(whole)
  expect(outcome.failure).toEqual({
    code: 'verify.failed',
    message: 'fence ran, but: fence is torn down by somebody',
    hint: 'Look at the cell.',
  })
  expect(outcome.end).toBe('undone')
})

test('a failure at the step of no return stops the run and undoes nothing', async () => {
  const stage = setStage()
  stage.world.on.set('middle release', refused)
  const outcome = await stage.run(whole)
  expect(outcome).toMatchObject({ end: 'stopped', failedItem: 'release', noReturnPassed: true })
  expect(stage.world.calls.filter((call) => call.startsWith('undo'))).toEqual([])
  expect(outcome.whatToDo).toContain('Go on where it stopped: cutover resume run-1')
  expect(outcome.whatIsTrue).toEqual([
    'Done and in effect: account, fence.',
    'release failed and may have taken effect in part: the server said no (source).',
    'Not begun: config, cleanup.',
    'The point of no return was passed: the target may hold writes that the source lacks.',
  ])
})

test('an item with "onFailure: stop" leaves everything as it stands', async () => {
  const stage = setStage()
  stage.world.on.set('run second', refused)
  const outcome = await stage.run(
    playbookOf({ prepare: [step('first'), step('second', { onFailure: 'stop' })] }),
  )
  expect(outcome).toMatchObject({ end: 'stopped', noReturnPassed: false })
  expect(stage.world.cells.get('first')).toBe('new first')
  expect(outcome.whatToDo).toEqual([
    'Ask it nicely.',
    'Go on where it stopped: cutover resume run-1',
    'Walk back what was done: cutover undo run-1',
  ])
})

test("the operator's no walks back and is told apart from a failure", async () => {
  const stage = setStage('no')
  const ask = gate('agree', { uses: 'ask-gate', with: { question: 'Now?' } })
  const outcome = await stage.run(playbookOf({ prepare: [step('account'), ask] }))
  expect(outcome).toMatchObject({ end: 'undone', declined: true, failure: { code: 'operator.declined' } })
  expect(stage.journal.entries).toContainEqual(
    expect.objectContaining({
      type: 'operator.answered',
      question: 'Now?',
      answer: 'no: the operator typed no',
    }),
  )
})

test("the operator's yes is in the journal before the gate opens", async () => {
  const stage = setStage('yes')
  const ask = gate('agree', { uses: 'ask-gate', with: { question: 'Now?' } })
  await stage.run(playbookOf({ prepare: [ask] }))
  expect(stage.story().slice(2, 6)).toEqual([
    'gate.waiting agree',
    'operator.answered agree',
    'gate.read agree',
    'gate.opened agree',
  ])
})

test('a listener that throws does not break the run', async () => {
  const stage = setStage()
  const onEvent = (): void => {
    throw new Error('the terminal is gone')
  }
  expect((await stage.run(whole, { onEvent })).end).toBe('completed')
})

test('a listener whose promise is rejected does not break the run', async () => {
  const stage = setStage()
  // A listener of type () => void may well be an async function.
  const onEvent: () => unknown = () => Promise.reject(new Error('the terminal is gone'))
  expect((await stage.run(whole, { onEvent })).end).toBe('completed')
})

test('what a step says reaches the listener', async () => {
  const stage = setStage()
  stage.world.on.set('run account', (context) => context.say('making the account'))
  await stage.run(whole)
  expect(stage.events).toContainEqual({ type: 'say', id: 'account', text: 'making the account' })
})

test('a step that passes its deadline has failed, and is undone only when it has come to rest', async () => {
  const stage = setStage()
  const order: string[] = []
  stage.world.on.set('middle fence', async (context) => {
    await stage.clock.sleep(60_000, context.signal).catch(() => undefined)
    await stage.clock.sleep(3000, new AbortController().signal)
    order.push('came to rest')
  })
  stage.world.on.set('undo fence', () => {
    order.push('undo')
  })
  const outcome = await stage.run(whole)
  expect(outcome.failure).toEqual({ code: 'deadline', message: 'step fence did not finish within 20 s' })
  expect(order).toEqual(['came to rest', 'undo'])
  expect([...stage.world.cells]).toEqual([])
})

test('a step that ignores its signal is given up after a grace, and the failure says that it may still act', async () => {
  const stage = setStage()
  stage.world.on.set('middle fence', () => new Promise(() => undefined))
  const outcome = await stage.run(whole)
  expect(outcome.end).toBe('undone')
  expect(outcome.failure?.message).toContain('did not come to rest within 10 s and may still be acting')
  expect(stage.clock.monotonicMs()).toBe(30_000)
})

test('rows tell every item with its state, duration and proof', async () => {
  const stage = setStage()
  stage.world.on.set('run account', (context) => stage.clock.sleep(1500, context.signal))
  stage.world.on.set('run fence', refused)
  const { rows } = await stage.run(whole)
  expect(rows.map(({ id, state, durationMs }) => [id, state, durationMs])).toEqual([
    ['ready', 'done', 0],
    ['account', 'undone', 1500],
    ['fence', 'undone', 0],
    ['quiet', 'waiting', 0],
    ['release', 'waiting', 0],
    ['config', 'waiting', 0],
    ['cleanup', 'waiting', 0],
  ])
  expect(rows[1]).toMatchObject({ phase: 'prepare', uses: 'set-cell', message: 'account is null again' })
})

test('a journal that refuses an entry stops the run at once, and not one more deed is done', async () => {
  const stage = setStage()
  const full = new CutoverError('journal.unusable', 'the journal cannot be written: the disk is full')
  const { append } = stage.journal
  stage.journal.append = (body) =>
    body.type === 'step.done' && body.id === 'fence' ? Promise.reject(full) : append(body)
  const outcome = await stage.run(whole)
  expect(outcome).toMatchObject({ end: 'stranded', failure: { code: 'journal.unusable' } })
  expect(stage.world.calls.at(-1)).toBe('verify fence')
  expect(outcome.whatIsTrue).toContain(
    'fence was begun and its outcome is not recorded: it may or may not have taken effect.',
  )
  expect(outcome.whatToDo).toContain('Walk back what was done: cutover undo run-1')
})

test('an entry that the journal refuses for itself fails its step only, and the rest is walked back', async () => {
  const stage = setStage()
  const { append } = stage.journal
  stage.journal.append = (body) =>
    body.type === 'step.intended' && body.id === 'fence'
      ? Promise.reject(new CutoverError('internal', 'the before-image holds a secret'))
      : append(body)
  const outcome = await stage.run(whole)
  expect(outcome).toMatchObject({ end: 'undone', failedItem: 'fence', failure: { code: 'internal' } })
  expect(stage.world.calls).not.toContain('run fence')
  expect([...stage.world.cells]).toEqual([])
})

test('a playbook with a kind that the catalogue lacks is refused before anything is recorded', async () => {
  const stage = setStage()
  const strange = playbookOf({ prepare: [step('a', { uses: 'no-such-step' })] })
  await expect(stage.run(strange)).rejects.toMatchObject({ code: 'internal' })
  expect(stage.journal.entries).toEqual([])
})
