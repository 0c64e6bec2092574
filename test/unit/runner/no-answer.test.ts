import { expect, test } from 'vitest'
import { exitCodes } from '../../../src/cli/exit-codes.ts'
import { exitCodeOfRun } from '../../../src/cli/runs/run-exit-code.ts'
import type { Catalogue } from '../../../src/core/gate.ts'
import type { Answer, Operator } from '../../../src/core/ports/operator.ts'
import { createRunControl } from '../../../src/runner/run-control.ts'
import { catalogueOf, gate, playbookOf, portsWith, step } from './small-world.ts'
import { setStage } from './start.ts'

const agreement = gate('agreement', {
  uses: 'ask-gate',
  with: { question: 'Go?' },
  timing: { deadlineMs: 60_000 },
})

/** A night on which nobody answers. */
function silentNight(onAsk: () => void = () => undefined) {
  const stage = setStage()
  const { steps, gates } = catalogueOf(stage.world)
  const silent = [...gates].map(
    ([name, kind]) => [name, { ...kind, silenceIsNo: name === 'ask-gate' }] as const,
  )
  const catalogue: Catalogue = { steps, gates: new Map(silent) }
  const asked: string[] = []
  const operator: Operator = {
    ask(question, signal) {
      asked.push(question.id)
      onAsk()
      return stage.clock.sleep(24 * 3_600_000, signal) as Promise<never>
    },
    choose(question) {
      asked.push(`what about ${question.id}`)
      return Promise.resolve(undefined)
    },
  }
  const ports = { ...portsWith(stage.clock), operator }
  return { stage, asked, catalogue, ports }
}

test('no answer until the deadline is a no: what was done is walked back, and nobody is asked about it', async () => {
  const { stage, asked, catalogue, ports } = silentNight()
  const playbook = playbookOf({ prepare: [step('account'), agreement], pause: [step('fence')] })
  const outcome = await stage.run(playbook, { ports, catalogue })
  expect(outcome).toMatchObject({ end: 'undone', declined: true })
  expect(outcome.failure?.message).toMatch(/^no answer is a no: waiting for gate agreement .* 1 min 00 s/)
  expect(exitCodeOfRun(outcome)).toBe(exitCodes.declined)
  expect(asked).toEqual(['agreement'])
  expect([...stage.world.cells]).toEqual([])
})

test('a pause that is over before anybody answers was not declined by anybody', async () => {
  const { stage, catalogue, ports } = silentNight()
  const playbook = playbookOf({ pause: [step('fence'), agreement] }, 30_000)
  const outcome = await stage.run(playbook, { ports, catalogue })
  expect(outcome).toMatchObject({ end: 'undone', failure: { code: 'deadline' } })
  expect(exitCodeOfRun(outcome)).toBe(exitCodes.undone)
})

test('a stop while an answer is waited for is a stop', async () => {
  const control = createRunControl()
  const { stage, catalogue, ports } = silentNight(() => void control.ask('park', 'ann@jump'))
  const playbook = playbookOf({ prepare: [step('account'), agreement], pause: [step('fence')] })
  const outcome = await stage.run(playbook, { ports, catalogue, control })
  expect(outcome).toMatchObject({ end: 'stopped', failure: { code: 'interrupted' } })
  expect(exitCodeOfRun(outcome)).toBe(exitCodes.stopped)
})

test('who approved is looked for through the run as well, and named with the answer in the journal', async () => {
  const { stage, catalogue, ports } = silentNight()
  const answer: Answer = {
    agreed: true,
    by: 'ann',
    how: 'typed yes; second person bob@desk approved plan a1',
  }
  const operator: Operator = {
    ask: () => Promise.resolve(answer),
    secondPerson: () => Promise.resolve({ approved: true, how: 'bob@desk' }),
  }
  const looked: unknown[] = []
  const gates = new Map(catalogue.gates)
  const askGate = gates.get('ask-gate')
  if (!askGate) throw new Error('no ask-gate')
  gates.set('ask-gate', {
    ...askGate,
    async open(context, want) {
      looked.push(await context.ports.operator.secondPerson?.({ id: 'go', text: 'Go?' }, context.signal))
      return askGate.open(context, want)
    },
  })
  const playbook = playbookOf({ prepare: [agreement] })
  const outcome = await stage.run(playbook, {
    ports: { ...ports, operator },
    catalogue: { ...catalogue, gates },
  })
  expect(outcome.end).toBe('completed')
  expect(looked).toEqual([{ approved: true, how: 'bob@desk' }])
  expect(stage.journal.entries.find((entry) => entry.type === 'operator.answered')).toMatchObject({
    answer: 'agreed: ann, typed yes; second person bob@desk approved plan a1',
  })
})
