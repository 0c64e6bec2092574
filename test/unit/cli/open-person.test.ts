import { expect, it } from 'vitest'
import { openPerson, type OpenedPerson } from '../../../src/cli/people/open-person.ts'
import type { Answer, Operator } from '../../../src/core/ports/operator.ts'

const question = { id: 'agree', text: 'Go on?' }
const menu = {
  id: 'stop',
  text: 'What now?',
  choices: [{ key: 'undo', label: 'walk back' }],
  otherwise: 'nothing',
}
const no: Answer = { agreed: false, why: 'the operator said no' }

/** A prompt as it behaves when its terminal goes: it ends, and looks like a no. */
const atTerminal: Operator = {
  ask: (_question, signal) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(no), { once: true })
    }),
  choose: (_question, signal) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve({ key: 'undo', by: 'a dying terminal' }), { once: true })
    }),
}
const withoutTerminal: Operator = {
  ask: () => Promise.resolve({ agreed: false, why: 'there is no terminal to ask at' }),
  choose: () => Promise.resolve(undefined),
}

function open(): OpenedPerson {
  return openPerson({ atTerminal, withoutTerminal, isThere: () => true })
}

it('a terminal that goes away says nothing, and a park that ends the question decides', async () => {
  const { operator, person } = open()
  const run = new AbortController()
  const asked = operator.ask(question, run.signal)
  person.leave()
  run.abort(new Error('parked'))
  await expect(asked).rejects.toThrow('parked')
})

it('where nothing else ends the question, it is answered as without a terminal', async () => {
  const { operator, person } = open()
  const asked = operator.ask(question, new AbortController().signal)
  person.leave()
  expect(await asked).toEqual({ agreed: false, why: 'there is no terminal to ask at' })
})

it('what a dying terminal chose is not carried out', async () => {
  const { operator, person } = open()
  const chosen = operator.choose?.(menu, new AbortController().signal)
  person.leave()
  expect(await chosen).toBeUndefined()
})

it('a question about a stop ends with the run', async () => {
  const { person } = open()
  const run = new AbortController()
  const chosen = person.choose(menu, run.signal)
  await new Promise((resolve) => setImmediate(resolve))
  run.abort()
  expect(await chosen).toEqual({ key: 'undo', by: 'a dying terminal' })
})

it('nothing is asked at a terminal that is gone', async () => {
  const { operator, person } = open()
  person.leave()
  expect(person.isThere()).toBe(false)
  expect(await person.choose(menu, new AbortController().signal)).toBeUndefined()
  expect(await operator.ask(question, new AbortController().signal)).toMatchObject({ agreed: false })
})
