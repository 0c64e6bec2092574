import { expect, test } from 'vitest'
import { createRunControl } from '../../../src/runner/run-control.ts'
import { gate, playbookOf, step } from './small-world.ts'
import { setStage } from './start.ts'

const phases = {
  prepare: [step('account'), gate('agreed'), gate('caught-up')],
  pause: [step('fence'), step('release', { pointOfNoReturn: true })],
}
const at = (time: string): number => Date.parse(`2026-11-21T${time}.000Z`)

test('the run prepares before its window opens, and asks and pauses when it does', async () => {
  const stage = setStage()
  const times: number[] = []
  for (const call of ['run account', 'open agreed', 'run fence']) {
    stage.world.on.set(call, () => void times.push(stage.clock.now().getTime()))
  }
  const playbook = { ...playbookOf(phases), window: { notBefore: at('03:00:00') } }
  expect((await stage.run(playbook)).end).toBe('completed')
  expect(times).toEqual([at('02:00:00'), at('03:00:00'), at('03:00:00')])
  expect(stage.events).toContainEqual({ type: 'window.waiting', opensInMs: 3_600_000 })
})

test('a pause that does not fit into the window any more does not begin, and what was prepared is walked back', async () => {
  const stage = setStage()
  const playbook = { ...playbookOf(phases, 30_000), window: { notAfter: at('02:00:29') } }
  const outcome = await stage.run(playbook)
  expect(outcome).toMatchObject({
    end: 'undone',
    failure: { code: 'window.closed', message: expect.stringMatching(/30 s .* ends at 2026-11-21T02:00:29/) },
  })
  expect(stage.world.calls).not.toContain('observe fence')
  expect([...stage.world.cells]).toEqual([])
})

test('gates that take long make a pause miss its window, too', async () => {
  const stage = setStage()
  stage.world.readings.set('caught-up', [
    { state: 'closed', reason: 'behind' },
    { state: 'open', measured: 'caught up' },
  ])
  const playbook = { ...playbookOf(phases, 30_000), window: { notAfter: at('02:00:30') } }
  expect(await stage.run(playbook)).toMatchObject({ end: 'undone', failure: { code: 'window.closed' } })
  expect(stage.world.calls).not.toContain('observe fence')
})

test('somebody may stop a run that waits for its window', async () => {
  const stage = setStage()
  const control = createRunControl()
  const playbook = { ...playbookOf(phases), window: { notBefore: at('03:00:00') } }
  stage.clock.after(60_000, () => void control.ask('park', 'ann@jump'))
  expect((await stage.run(playbook, { control })).end).toBe('stopped')
  expect(stage.clock.monotonicMs()).toBe(60_000)
  expect(stage.clock.pending).toBe(0)
})

test('a pause that has begun is finished also when the window has closed meanwhile', async () => {
  const stage = setStage()
  stage.world.on.set('run fence', () => stage.stop.abort())
  const playbook = { ...playbookOf(phases, 60_000), window: { notAfter: at('02:10:00') } }
  stage.world.on.set('run release', async () => {
    await stage.clock.sleep(15_000, new AbortController().signal)
  })
  stage.world.on.delete('run fence')
  expect((await stage.run(playbook)).end).toBe('completed')
})
