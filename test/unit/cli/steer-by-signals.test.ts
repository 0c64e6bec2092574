import { expect, it } from 'vitest'
import { listenForStop } from '../../../src/cli/people/listen-for-stop.ts'
import { steerBySignals, type Person, type SignalSteering } from '../../../src/cli/people/steer-by-signals.ts'
import type { ChoiceQuestion, Chosen } from '../../../src/core/ports/operator.ts'
import type { RunPosition } from '../../../src/core/run-control.ts'
import { createFakeClock, type FakeClock } from '../../fakes/fake-clock.ts'
import { createFakeRunControl, type FakeRunControl } from '../../fakes/fake-run-control.ts'

/** Somebody who answers what the test says; without an answer the question stays open until its signal fires. */
interface FakePerson extends Person {
  readonly questions: ChoiceQuestion[]
  /** True: a question is on the screen. */
  isAsked(): boolean
  answer(key: string): void
  cancel(): void
}

function createPerson(): FakePerson {
  const questions: ChoiceQuestion[] = []
  const gone = new AbortController()
  let open = false
  let settle = (_chosen: Chosen | undefined): void => undefined
  return {
    questions,
    isThere: () => !gone.signal.aborted,
    leave: () => gone.abort(),
    choose: (question, signal) =>
      new Promise((resolve) => {
        questions.push(question)
        open = true
        settle = (chosen) => {
          open = false
          resolve(chosen)
        }
        for (const end of [signal, gone.signal])
          end.addEventListener('abort', () => settle(undefined), { once: true })
      }),
    isAsked: () => open,
    answer: (key) => settle({ key, by: 'ann@bastion' }),
    cancel: () => settle(undefined),
  }
}

interface Stage {
  readonly control: FakeRunControl
  readonly person: FakePerson
  readonly said: string[]
  readonly steering: SignalSteering
  readonly clock: FakeClock
}

function stage(at: Partial<RunPosition>, terminal: 'terminal' | 'none'): Stage {
  const control = createFakeRunControl(at)
  const person = createPerson()
  if (terminal === 'none') person.leave()
  const said: string[] = []
  const clock = createFakeClock()
  const steering = steerBySignals({
    clock,
    control,
    person,
    say: (text) => void said.push(text),
  })
  return { control, person, said, steering, clock }
}

/** Lets everything that can go on do so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const pause = { phase: 'pause', inPause: true, item: 'fence', safePoint: 'at the end of the pause' } as const
const afterNoReturn = { ...pause, noReturnPassed: true }

it('the first Ctrl-C outside the pause parks at the next safe point, says when, and what a second one does', async () => {
  const { steering, control, said } = stage({}, 'terminal')
  steering.take('SIGINT')
  await settled()
  expect(control.asked).toEqual(['park SIGINT'])
  expect(said).toEqual([
    'SIGINT: It will park after read-only-account. Ctrl-C again asks what to do instead.',
  ])
})

it.each([
  ['wait', ['park SIGINT']],
  ['undo', ['park SIGINT', 'undo ann@bastion']],
  ['go-on', ['park SIGINT', 'go-on ann@bastion']],
])('the second one asks, and %s is what then happens', async (key, asked) => {
  const { steering, control, person } = stage({}, 'terminal')
  steering.take('SIGINT')
  await settled()
  steering.take('SIGINT')
  await settled()
  expect(person.questions[0]?.choices.map((choice) => choice.key)).toEqual(['wait', 'undo', 'go-on'])
  expect(person.questions[0]?.otherwise).toBe('it stops after read-only-account')
  person.answer(key)
  await settled()
  expect(control.asked).toEqual(asked)
})

it('after "go on after all" the next Ctrl-C is a first one again', async () => {
  const { steering, control, person } = stage({}, 'terminal')
  steering.take('SIGINT')
  await settled()
  steering.take('SIGINT')
  await settled()
  person.answer('go-on')
  await settled()
  steering.take('SIGINT')
  await settled()
  expect(control.asked).toEqual(['park SIGINT', 'go-on ann@bastion', 'park SIGINT'])
})

it('a question that is cancelled changes nothing', async () => {
  const { steering, control, person, said } = stage({}, 'terminal')
  steering.take('SIGINT')
  await settled()
  steering.take('SIGINT')
  await settled()
  person.cancel()
  await settled()
  expect(control.asked).toEqual(['park SIGINT'])
  expect(said.at(-1)).toBe('No answer: it stops after read-only-account.')
})

it('the second one without a terminal walks back', async () => {
  const { steering, control, said } = stage({}, 'none')
  steering.take('SIGTERM')
  await settled()
  expect(said[0]).toMatch(/A second SIGTERM cuts the step in hand and walks back/)
  steering.take('SIGTERM')
  await settled()
  expect(control.asked).toEqual(['park SIGTERM', 'undo SIGTERM'])
})

it('two quick ones are a first and a second', async () => {
  const { steering, control } = stage({}, 'none')
  steering.take('SIGTERM')
  steering.take('SIGTERM')
  await settled()
  expect(control.asked).toEqual(['park SIGTERM', 'undo SIGTERM'])
})

it('in the pause the first Ctrl-C asks while the run goes on, and no answer is "go on"', async () => {
  const { steering, control, person } = stage(pause, 'terminal')
  steering.take('SIGINT')
  await settled()
  expect(control.asked).toEqual([])
  expect(person.questions[0]).toMatchObject({
    text: expect.stringMatching(/Walk back or go on\? The run goes on meanwhile/) as string,
    otherwise: 'the run goes on',
  })
  expect(person.questions[0]?.choices.map((choice) => choice.key)).toEqual(['go-on', 'undo', 'park'])
  person.cancel()
  await settled()
  expect(control.asked).toEqual([])
})

it.each([
  ['undo', ['undo ann@bastion']],
  ['park', ['park ann@bastion']],
  ['go-on', []],
])('in the pause the answer %s is carried out in the name of who gave it', async (key, asked) => {
  const { steering, control, person } = stage(pause, 'terminal')
  steering.take('SIGINT')
  await settled()
  person.answer(key)
  await settled()
  expect(control.asked).toEqual(asked)
})

it('a signal while the question is open does not answer it', async () => {
  const { steering, control, person, said } = stage(pause, 'terminal')
  steering.take('SIGTERM')
  await settled()
  steering.take('SIGTERM')
  await settled()
  expect(person.questions).toHaveLength(1)
  expect(control.asked).toEqual([])
  expect(said).toEqual(['SIGTERM: the question about the last one is still open.'])
})

it('in the pause without a terminal a stop means walking back', async () => {
  const { steering, control } = stage(pause, 'none')
  steering.take('SIGTERM')
  await settled()
  expect(control.asked).toEqual(['undo SIGTERM'])
})

it('after the point of no return without a terminal it goes on to the end of the pause, and says so', async () => {
  const { steering, control, said } = stage(afterNoReturn, 'none')
  steering.take('SIGTERM')
  await settled()
  steering.take('SIGTERM')
  await settled()
  expect(control.asked).toEqual(['park SIGTERM'])
  expect(said[0]).toMatch(/at the end of the pause\. It cannot walk back: the point of no return was passed/)
  expect(said[1]).toMatch(/it stops at the end of the pause/)
})

it('after the point of no return walking back is not offered, and the question says why', async () => {
  const { steering, person } = stage(afterNoReturn, 'terminal')
  steering.take('SIGINT')
  await settled()
  expect(person.questions[0]?.choices.map((choice) => choice.key)).toEqual(['go-on', 'park'])
  expect(person.questions[0]?.text).toMatch(/cannot walk back any more: that could lose writes/)
})

it('an answer that comes too late to walk back is refused with the reason', async () => {
  const { steering, control, person, said } = stage(pause, 'terminal')
  steering.take('SIGINT')
  await settled()
  if (control.at) control.at = { ...control.at, noReturnPassed: true }
  person.answer('undo')
  await settled()
  expect(control.asked).toEqual([])
  expect(said).toEqual(['SIGINT: It cannot walk back: the point of no return was passed. It goes on.'])
})

it.each([{}, pause, afterNoReturn])(
  'a lost terminal parks, wherever the run is, and nothing is asked',
  async (at) => {
    const { steering, control, person } = stage(at, 'terminal')
    steering.take('SIGHUP')
    await settled()
    expect(control.asked).toEqual(['park SIGHUP'])
    expect(person.questions).toEqual([])
  },
)

it('after a lost terminal a further signal is answered as without one', async () => {
  const { steering, control, person } = stage(pause, 'terminal')
  steering.take('SIGHUP')
  await settled()
  steering.take('SIGTERM')
  await settled()
  expect(person.questions).toEqual([])
  expect(control.asked).toEqual(['park SIGHUP', 'undo SIGTERM'])
})

it('a lost terminal ends the open question without an answer', async () => {
  const { steering, control, person } = stage(pause, 'terminal')
  steering.take('SIGINT')
  await settled()
  expect(person.questions).toHaveLength(1)
  steering.take('SIGHUP')
  await settled()
  expect(control.asked).toEqual(['park SIGHUP'])
})

it('a run that is walking back is not stopped by anything', async () => {
  const { steering, control, said } = stage({ ...pause, undoing: true }, 'terminal')
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) steering.take(name)
  await settled()
  expect(control.asked).toEqual([])
  expect(said.filter((text) => /it is walking back already/.test(text))).toHaveLength(3)
})

it('the end of the run ends the open question', async () => {
  const { steering, control, person, said } = stage(pause, 'terminal')
  steering.take('SIGINT')
  await settled()
  expect(person.isAsked()).toBe(true)
  steering[Symbol.dispose]()
  await settled()
  expect(person.isAsked()).toBe(false)
  expect([control.asked, said]).toEqual([[], []])
})

it('a question that nobody answers goes from the screen, and the run goes on', async () => {
  const { steering, control, person, said, clock } = stage(pause, 'terminal')
  steering.take('SIGINT')
  await settled()
  await clock.advance(29_000)
  expect(person.isAsked()).toBe(true)
  await clock.advance(1000)
  await settled()
  expect(person.isAsked()).toBe(false)
  expect([control.asked, said]).toEqual([[], ['No answer: the run goes on.']])
})

it('before a run acts a signal ends the command', () => {
  using stop = listenForStop({ say: () => undefined })
  process.emit('SIGTERM', 'SIGTERM')
  expect(stop.signal.reason).toMatchObject({ code: 'interrupted', message: 'Interrupted by SIGTERM' })
})

it('a signal that comes while the run is being opened is taken as soon as it is there', async () => {
  const { steering, control } = stage({}, 'none')
  const at = control.at
  control.at = undefined
  using stop = listenForStop({ say: () => undefined })
  stop.steer(steering)
  process.emit('SIGTERM', 'SIGTERM')
  stop.onRunEvent()
  await settled()
  expect(control.asked).toEqual([])
  control.at = at
  stop.onRunEvent()
  await settled()
  expect(control.asked).toEqual(['park SIGTERM'])
  expect(stop.signal.aborted).toBe(false)
})

it('a signal does not end a command that takes up a run in the pause', () => {
  using stop = listenForStop({ waits: true, say: () => undefined })
  process.emit('SIGINT', 'SIGINT')
  expect(stop.signal.aborted).toBe(false)
})
