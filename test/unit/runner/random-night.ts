import {
  array,
  boolean,
  constant,
  constantFrom,
  integer,
  nat,
  option,
  record,
  subarray,
  tuple,
  type Arbitrary,
} from 'fast-check'
import { playbookItems, type Playbook, type PlaybookItem } from '../../../src/core/playbook.ts'
import { gate, playbookOf, step } from './small-world.ts'

/** A random playbook, what goes wrong in it, and where its process dies. */
export interface Night {
  readonly playbook: Playbook
  /** `verb id` → how many times it fails. */
  readonly failures: ReadonlyMap<string, number>
  /** Cells that had a value before. */
  readonly before: ReadonlyMap<string, string>
  /** Somebody presses Ctrl-C at this verb. */
  readonly stopAt: string | undefined
  /** The process dies instead of writing the entry of this number. */
  readonly diesAt: number
}

const verbs = ['observe', 'run', 'middle', 'verify'] as const

function arbitraryItems(prefix: string): Arbitrary<readonly PlaybookItem[]> {
  const item = record({ isGate: boolean(), stops: nat(5), cell: nat(3) })
  return array(item, { maxLength: 4 }).map((items) =>
    items.map(({ isGate, stops, cell }, index) => {
      const id = `${prefix}${index}`
      const onFailure = stops === 0 ? 'stop' : 'undo'
      // Few cells: later steps change what earlier ones changed, so the order of undo matters.
      return isGate ? gate(id, { onFailure }) : step(id, { onFailure, with: { cell: `cell${cell}`, to: id } })
    }),
  )
}

const arbitraryPlaybook: Arbitrary<Playbook> = record({
  prepare: arbitraryItems('a'),
  pause: arbitraryItems('b'),
  settle: arbitraryItems('c'),
  noReturn: option(nat(20), { nil: undefined }),
}).map(({ noReturn, ...phases }) => {
  const steps = playbookItems(playbookOf(phases)).filter((item) => item.type === 'step')
  const chosen = noReturn === undefined ? undefined : steps[noReturn % Math.max(1, steps.length)]
  const mark = (item: PlaybookItem): PlaybookItem =>
    item.type === 'step' && item === chosen ? { ...item, pointOfNoReturn: true } : item
  return playbookOf({
    prepare: phases.prepare.map(mark),
    pause: phases.pause.map(mark),
    settle: phases.settle.map(mark),
  })
})

export const arbitraryNight: Arbitrary<Night> = arbitraryPlaybook.chain((playbook) => {
  const ids = playbookItems(playbook)
    .filter((item) => item.type === 'step')
    .map((item) => item.id)
  const anyId = ids.length === 0 ? constant('none') : constantFrom(...ids)
  const call = tuple(constantFrom(...verbs), anyId).map((parts) => parts.join(' '))
  const undoCall = tuple(constantFrom('undo', 'verifyUndone'), anyId).map((parts) => parts.join(' '))
  return record({
    playbook: constant(playbook),
    failures: tuple(
      array(tuple(call, constant(1)), { maxLength: 1 }),
      array(tuple(undoCall, integer({ min: 1, max: 4 })), { maxLength: 2 }),
    ).map(([forward, back]) => new Map([...forward, ...back])),
    before: subarray(['cell0', 'cell1', 'cell2', 'cell3']).map(
      (cells) => new Map(cells.map((cell) => [cell, `old ${cell}`])),
    ),
    stopAt: option(call, { nil: undefined }),
    diesAt: integer({ min: 1, max: 40 }),
  })
})
