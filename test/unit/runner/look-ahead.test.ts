import { expect, test } from 'vitest'
import { CutoverError } from '../../../src/core/errors.ts'
import type { Catalogue } from '../../../src/core/gate.ts'
import type { Playbook } from '../../../src/core/playbook.ts'
import type { AnyStepKind } from '../../../src/core/step.ts'
import { catalogueOf, gate, playbookOf, step, type World } from './small-world.ts'
import { createMemoryJournal } from './memory-journal.ts'
import { setStage } from './start.ts'

/** Kinds that set a cell: one that holds writes, and one that says which cell it touches. */
function withHolds(world: World): Catalogue {
  const { steps, gates } = catalogueOf(world)
  const setCell = steps.get('set-cell')
  if (!setCell) throw new Error('no set-cell')
  const hold = { ...setCell, kind: 'hold-cell', holds: 'hold' } as AnyStepKind
  const touching = { ...setCell, kind: 'touch-cell', touches: (want: { cell: string }) => want.cell }
  const all = [...steps.values(), hold, touching as unknown as AnyStepKind]
  return { gates, steps: new Map(all.map((kind) => [kind.kind, kind])) }
}

const touch = (id: string, cell: string) => step(id, { uses: 'touch-cell', with: { cell, to: id } })
const hold = step('hold', { uses: 'hold-cell' })

async function run(
  playbook: Playbook,
  arrange: (stage: ReturnType<typeof setStage>) => void = () => undefined,
) {
  const stage = setStage()
  arrange(stage)
  const catalogue = withHolds(stage.world)
  const outcome = await stage.run(playbook, { catalogue })
  // The plan at the beginning looks, too, but not for a before-image.
  const calls = stage.world.calls.filter((call) => /^(observe|run) /.test(call))
  const seen = (id: string) =>
    stage.journal.entries.flatMap((entry) =>
      entry.type === 'step.intended' && entry.id === id ? [entry.seen] : [],
    )
  return { outcome, calls, seen }
}

test('before-images for the time when users wait are read before they do', async () => {
  const pause = [hold, touch('a', 'x'), gate('g'), touch('b', 'y')]
  const { outcome, calls, seen } = await run(playbookOf({ pause }))
  expect(outcome.end).toBe('completed')
  expect(calls.indexOf('observe a')).toBeLessThan(calls.indexOf('run hold'))
  expect(calls.indexOf('observe b')).toBeLessThan(calls.indexOf('run hold'))
  expect(calls.filter((call) => call === 'observe a')).toHaveLength(1)
  expect([seen('a'), seen('b')]).toEqual([[{ was: null }], [{ was: null }]])
})

test('what an earlier step is going to change is read after it', async () => {
  const { calls, seen } = await run(playbookOf({ pause: [hold, touch('a', 'x'), touch('b', 'x')] }))
  expect(calls.indexOf('observe b')).toBeGreaterThan(calls.indexOf('run a'))
  expect(seen('b')).toEqual([{ was: 'a' }])
})

test('nothing is read ahead of a step that does not say what it touches', async () => {
  const plain = step('plain', { with: { cell: 'y', to: 'plain' } })
  const { calls, seen } = await run(playbookOf({ pause: [hold, touch('a', 'x'), plain, touch('b', 'y')] }))
  expect(calls.indexOf('observe b')).toBeGreaterThan(calls.indexOf('run plain'))
  expect(seen('b')).toEqual([{ was: 'plain' }])
})

test('a before-image that has become old is read anew', async () => {
  const { calls } = await run(playbookOf({ pause: [hold, touch('a', 'x')] }), ({ world, clock }) => {
    world.on.set('run hold', (context) => clock.sleep(16_000, context.signal))
  })
  expect(calls.filter((call) => call === 'observe a')).toHaveLength(2)
})

test('one that could not be read ahead is read when its step is there', async () => {
  const { outcome, calls } = await run(playbookOf({ pause: [hold, touch('a', 'x')] }), ({ world }) => {
    world.on.set('observe a', (_context, call) => {
      if (call === 1) throw new CutoverError('system.refused', 'not now')
    })
  })
  expect(outcome.end).toBe('completed')
  expect(calls.filter((call) => call === 'observe a')).toHaveLength(2)
})

test('a run that is taken up looks whether writes are still held, as long as nothing has begun behind it', async () => {
  const stage = setStage()
  const catalogue = withHolds(stage.world)
  const playbook = playbookOf({ pause: [hold, touch('a', 'x')] })
  await stage.run({ ...playbook, phases: { ...playbook.phases, pause: [hold] } }, { catalogue })
  const entries = stage.journal.entries.filter((entry) => entry.type !== 'run.ended')
  stage.journal = createMemoryJournal(stage.clock, entries)
  // It has ended by itself meanwhile.
  stage.world.cells.delete('hold')
  const runs = () => stage.world.counts.get('run hold')
  expect(runs()).toBe(1)
  expect((await stage.run(playbook, { catalogue })).end).toBe('completed')
  expect(runs()).toBe(2)
})

test('a run that is taken up behind the next step leaves the hold as it is', async () => {
  const stage = setStage()
  const catalogue = withHolds(stage.world)
  const playbook = playbookOf({ pause: [hold, touch('a', 'x'), touch('b', 'y')] })
  const pause = [hold, touch('a', 'x')]
  await stage.run({ ...playbook, phases: { ...playbook.phases, pause } }, { catalogue })
  const entries = stage.journal.entries.filter((entry) => entry.type !== 'run.ended')
  stage.journal = createMemoryJournal(stage.clock, entries)
  stage.world.cells.delete('hold')
  expect((await stage.run(playbook, { catalogue })).end).toBe('completed')
  expect(stage.world.counts.get('run hold')).toBe(1)
})
