import { describe, expect, test } from 'vitest'
import type { GateReading } from '../../../src/core/gate.ts'
import type { Answer, Operator, Question, SecondPerson } from '../../../src/core/ports/operator.ts'
import type { StepContext } from '../../../src/core/step.ts'
import { operatorAgrees } from '../../../src/gates/operator-agrees.ts'
import { portsWith } from '../runner/small-world.ts'
import { createFakeClock } from '../../fakes/fake-clock.ts'

const signal = new AbortController().signal
const approved: SecondPerson = { approved: true, how: 'second person bob@desk approved' }
const missing: SecondPerson = {
  approved: false,
  why: 'nobody approved',
  hint: 'cutover approve',
  final: false,
}

/** The gate with an operator who says yes and a second person who is found like this, look after look. */
function gateWith(settings: object, found: readonly SecondPerson[] | 'no looks', answer?: Answer) {
  const asked: Question[] = []
  const said: string[] = []
  let look = 0
  const operator: Operator = {
    ask(question) {
      asked.push(question)
      return Promise.resolve(answer ?? { agreed: true, by: 'ann', how: 'typed orders' })
    },
    ...(found !== 'no looks' && {
      secondPerson: () => Promise.resolve(found[Math.min(look++, found.length - 1)] ?? missing),
    }),
  }
  const context = {
    stepId: 'go',
    ports: { ...portsWith(createFakeClock()), operator },
    say: (text: string) => said.push(text),
  } as unknown as StepContext
  const want = operatorAgrees.schema.parse({ question: 'Go?', ...settings })
  const opened = operatorAgrees.open(context, want)
  const read = async (): Promise<GateReading> => (await opened).read(signal)
  return { read, asked, said, want }
}

describe('a gate that wants a second person', () => {
  const settings = { secondPerson: true, approvalValidFor: '2h', type: 'orders' }

  test('asks the operator only when the other one has approved, and tells once how that is done', async () => {
    const { read, asked, said } = gateWith(settings, [missing, missing, approved])
    expect(await read()).toEqual({ state: 'closed', reason: 'nobody approved', hint: 'cutover approve' })
    expect(await read()).toMatchObject({ state: 'closed' })
    expect(said).toEqual(['cutover approve'])
    expect(asked).toEqual([])
    expect(await read()).toMatchObject({ state: 'open' })
    expect(asked).toEqual([
      { id: 'go', text: 'Go?', typeToAgree: 'orders', secondPerson: true, approvalValidForMs: 7_200_000 },
    ])
  })

  test('ends with a no at once when nobody could hand an approval in', async () => {
    const { read, asked } = gateWith(settings, [{ ...missing, final: true }])
    expect(await read()).toMatchObject({
      state: 'closed',
      reason: 'nobody approved',
      final: true,
      declined: true,
    })
    expect(asked).toEqual([])
  })

  test('leaves it to the question itself when nothing can be looked for', async () => {
    const { read, asked } = gateWith(settings, 'no looks', { agreed: false, why: 'no second person' })
    expect(await read()).toMatchObject({ state: 'closed', reason: 'no second person', declined: true })
    expect(asked[0]?.secondPerson).toBe(true)
  })

  test('shows in the plan that it does, and for how long an approval may hold', () => {
    const { want } = gateWith(settings, [])
    expect(operatorAgrees.describe(want)).toBe(
      'the operator says yes to "Go?", and a second person has approved this plan (valid for at most 2 h 00 min)',
    )
    expect(operatorAgrees.approvalValidForMs?.(want)).toBe(7_200_000)
  })
})

test('a gate that wants one person asks one person', async () => {
  const { read, asked, want } = gateWith({}, [missing])
  expect(await read()).toEqual({ state: 'open', measured: 'ann agreed (typed orders)' })
  expect(asked).toEqual([{ id: 'go', text: 'Go?' }])
  expect(operatorAgrees.describe(want)).toBe('the operator says yes to "Go?"')
  expect(operatorAgrees.approvalValidForMs?.(want)).toBeUndefined()
})

test.each(['0s', '169h', 'soon', 4])('an approval cannot be made to hold for %s', (approvalValidFor) => {
  expect(operatorAgrees.schema.safeParse({ question: 'Go?', approvalValidFor }).success).toBe(false)
})
