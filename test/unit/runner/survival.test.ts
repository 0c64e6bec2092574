import {
  array,
  assert,
  asyncProperty,
  boolean,
  constant,
  constantFrom,
  integer,
  record,
  tuple,
} from 'fast-check'
import { expect, test } from 'vitest'
import { CutoverError } from '../../../src/core/errors.ts'
import { foldJournal } from '../../../src/core/fold.ts'
import type { ControlWish, FailureChoice } from '../../../src/core/journal-entry.ts'
import { playbookItems, type Playbook } from '../../../src/core/playbook.ts'
import { waysOut, type RunState } from '../../../src/core/run-state.ts'
import { tellWhatToDo } from '../../../src/core/tell-state.ts'
import { liveOnce, type People } from './mortal-run.ts'
import { arbitraryNight, type Night } from './random-night.ts'
import { setStage, type Stage } from './start.ts'

/*
 * A night with failures, people and kills. What is to hold: wherever the process dies, the journal that is left offers a
 * way, and with healthy systems every way that is offered ends completed or undone, with the world exactly as it should
 * be then.
 */

interface WildNight extends Night {
  readonly people: People
  /** The second process dies at this moment, when it lives so long. */
  readonly secondKill: number
  /** The second process is the supervisor's, which heeds what was asked for before. */
  readonly supervised: boolean
}

const wishes: readonly ControlWish[] = ['park', 'hold', 'undo', 'go-on']
const choices: readonly FailureChoice[] = ['retry', 'skip', 'mark-done', 'undo', 'park']

const arbitraryWildNight = arbitraryNight.chain((night) => {
  const ids = playbookItems(night.playbook).map(({ id }) => id)
  const anyId = ids.length === 0 ? constantFrom('none') : constantFrom(...ids)
  const calls = constantFrom('observe', 'run', 'middle', 'verify', 'read')
  const call = tuple(calls, anyId).map((parts) => parts.join(' '))
  return record({
    night: constant(night),
    chosen: array(constantFrom(...choices), { maxLength: 3 }),
    wished: array(tuple(call, constantFrom(...wishes)), { maxLength: 2 }),
    secondKill: integer({ min: 1, max: 30 }),
    supervised: boolean(),
  }).map(makeWild)
})

function makeWild(drawn: {
  readonly night: Night
  readonly chosen: readonly FailureChoice[]
  readonly wished: readonly (readonly [string, ControlWish])[]
  readonly secondKill: number
  readonly supervised: boolean
}): WildNight {
  const { night, chosen, wished, secondKill, supervised } = drawn
  const people = { choices: chosen, wishAt: new Map(wished) }
  return { ...night, playbook: withSpareSteps(night.playbook), people, secondKill, supervised }
}

/** Every other step is of a kind that a person may leave out. */
function withSpareSteps(playbook: Playbook): Playbook {
  const spare = (items: Playbook['phases']['pause']): Playbook['phases']['pause'] =>
    items.map((item, index) =>
      item.type === 'step' && index % 2 === 1 && !item.pointOfNoReturn
        ? { ...item, uses: 'spare-cell' }
        : item,
    )
  const { prepare, pause, settle } = playbook.phases
  return { ...playbook, phases: { prepare: spare(prepare), pause: spare(pause), settle: spare(settle) } }
}

function stageFor(night: WildNight): Stage {
  const stage = setStage()
  for (const [cell, value] of night.before) stage.world.cells.set(cell, value)
  for (const [call, times] of night.failures) {
    stage.world.on.set(call, (_context, count) => {
      if (count <= times) throw new CutoverError('system.refused', `${call} failed`)
    })
  }
  return stage
}

function stateOf(stage: Stage): RunState {
  return foldJournal(stage.journal.entries)
}

/** The state of a run that never wrote anything needs nothing: there is no run. */
function waysOf(stage: Stage): readonly ('resume' | 'undo')[] {
  return stage.journal.entries.length === 0 ? [] : waysOut(stateOf(stage))
}

/** With healthy systems: goes this way, and on as the run itself then offers, until it needs nothing. */
async function goToTheEnd(stage: Stage, night: WildNight, way: 'resume' | 'undo'): Promise<void> {
  stage.world.on.clear()
  await liveOnce(stage, night.playbook, way)
  for (let more = 0; more < 3 && !isSettled(stateOf(stage)); more += 1) {
    const [next] = waysOf(stage)
    expect(next, stage.story().join('\n')).toBeDefined()
    await liveOnce(stage, night.playbook, next ?? way)
  }
}

function isSettled({ ended }: RunState): boolean {
  return ended === 'completed' || ended === 'undone'
}

/** Undone: every cell as before. Completed: as the steps want it, but for what was left out half-way. */
function expectWanted(stage: Stage, night: WildNight): void {
  const state = stateOf(stage)
  expect(isSettled(state), stage.story().join('\n')).toBe(true)
  const wanted = new Map<string, string | undefined>(night.before)
  const unknown = new Set<string>()
  if (state.ended === 'completed') {
    for (const item of playbookItems(night.playbook)) {
      if (item.type === 'gate') continue
      const { cell, to } = item.with as { readonly cell: string; readonly to: string }
      const left = state.items.get(item.id)
      if (left?.state === 'done') wanted.set(cell, to)
      else expect(left?.state, stage.story().join('\n')).toBe('skipped')
      if (left?.state === 'done') unknown.delete(cell)
      else if (left?.touched) unknown.add(cell)
    }
  }
  for (const cell of new Set([...wanted.keys(), ...stage.world.cells.keys()])) {
    if (unknown.has(cell)) continue
    expect(stage.world.cells.get(cell), `${cell}\n${stage.story().join('\n')}`).toBe(wanted.get(cell))
  }
}

/** The first process of the night, killed at a moment; the same every time. */
async function firstLife(
  night: WildNight,
  killAt?: number,
): Promise<{ stage: Stage; died: boolean; moments: number }> {
  const stage = stageFor(night)
  const { died, moments } = await liveOnce(stage, night.playbook, 'resume', {
    people: night.people,
    ...(killAt !== undefined && { killAt }),
  })
  return { stage, died, moments }
}

function expectAWay(stage: Stage): void {
  const state = stateOf(stage)
  const needsNothing = state.ended === 'undone' || (state.ended === 'completed' && state.noReturnPassed)
  expect(waysOf(stage).length > 0, stage.story().join('\n')).toBe(
    stage.journal.entries.length > 0 && !needsNothing,
  )
  // What is offered is also what a person is told to type.
  for (const way of waysOf(stage)) {
    if (state.ended !== 'completed') expect(tellWhatToDo(state).join('\n')).toContain(`cutover ${way} run-1`)
  }
}

test('killed at any moment of any night, each way that is offered ends as it says', async () => {
  const seen = { kills: 0, ways: 0, ends: new Set<string>() }
  await assert(
    asyncProperty(arbitraryWildNight, async (night) => {
      const { moments } = await firstLife(night)
      for (let killAt = 1; killAt <= moments + 1; killAt += 1) {
        const { stage: look } = await firstLife(night, killAt)
        seen.kills += 1
        expectAWay(look)
        for (const [index, way] of waysOf(look).entries()) {
          const stage = index === 0 ? look : (await firstLife(night, killAt)).stage
          await goToTheEnd(stage, night, way)
          expectWanted(stage, night)
          seen.ways += 1
          seen.ends.add(`${way}: ${stateOf(stage).ended}`)
        }
      }
    }),
    { numRuns: 12, seed: 20_261_121 },
  )
  expect(seen.kills).toBeGreaterThan(300)
  expect([...seen.ends].sort()).toEqual(['resume: completed', 'undo: undone'])
})

test('killed again soon after it was taken up, by whoever, it still ends as it should', async () => {
  await assert(
    asyncProperty(arbitraryWildNight, async (night) => {
      const { moments } = await firstLife(night)
      for (let killAt = 1; killAt <= moments; killAt += 1) {
        const { stage } = await firstLife(night, killAt)
        const [way] = waysOf(stage)
        if (!way) continue
        await liveOnce(stage, night.playbook, way, {
          killAt: ((night.secondKill + killAt * 7) % 12) + 1,
          by: night.supervised ? 'supervisor' : 'operator',
          people: night.people,
        })
        expectAWay(stage)
        // Back as well as on: what the first process saw must still be known after the second one died.
        const next = waysOf(stage).at(killAt % 3 === 0 ? 0 : -1)
        if (next) await goToTheEnd(stage, night, next)
        expectWanted(stage, night)
      }
    }),
    // Nights differ much in length, and each is lived through as often as it has moments.
    { numRuns: 20, interruptAfterTimeLimit: 30_000 },
  )
})
