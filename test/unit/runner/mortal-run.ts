import { CutoverError } from '../../../src/core/errors.ts'
import type { ControlWish, FailureChoice } from '../../../src/core/journal-entry.ts'
import type { Playbook } from '../../../src/core/playbook.ts'
import type { Operator } from '../../../src/core/ports/operator.ts'
import type { JournalStore } from '../../../src/core/ports/journal-store.ts'
import { createRunControl, type RunWheel } from '../../../src/runner/run-control.ts'
import { runPlaybook, undoRun, type RunOptions } from '../../../src/runner/run-playbook.ts'
import { catalogueOf } from './small-world.ts'
import type { Stage } from './start.ts'

/** What people do while a process lives. */
export interface People {
  /** What is chosen at each failure, one after the other; then nobody answers any more. */
  readonly choices: readonly FailureChoice[]
  /** Asked for when this call of the world comes. */
  readonly wishAt: ReadonlyMap<string, ControlWish>
}

export const nobody: People = { choices: [], wishAt: new Map() }

/** One process that works on a run, and how it ended. */
export interface Lifetime {
  /** True: it was killed; nothing it would have done after that has happened. */
  readonly died: boolean
  /** Moments it lived through: before each call of the world, before and after each journal entry. */
  readonly moments: number
}

/** How long somebody who said hold lets the run wait, milliseconds. */
const holdMs = 5000

/**
 * Lets one process act on the stage's run and kills it at a moment, counted from 1. A killed process does nothing any
 * more: not a call, not an entry, whatever of it is still waiting for a timer.
 */
export async function liveOnce(
  stage: Stage,
  playbook: Playbook,
  act: 'resume' | 'undo',
  {
    killAt = Infinity,
    people = nobody,
    by,
  }: { killAt?: number; people?: People; by?: 'operator' | 'supervisor' } = {},
): Promise<Lifetime> {
  let moments = 0
  let kill = (): void => undefined
  const killed = new Promise<'killed'>((resolve) => {
    kill = () => resolve('killed')
  })
  const moment = (): void => {
    moments += 1
    if (moments < killAt) return
    kill()
    throw new CutoverError('journal.unusable', 'the process died')
  }
  const control = createRunControl()
  // Whoever held the run at a gate and let go must not hold it again each time the gate is read anew.
  const asked = new Set<string>()
  const options: RunOptions = {
    ...stage.options(playbook),
    catalogue: catalogueOf(stage.world, (call) => {
      moment()
      const wish = people.wishAt.get(call)
      if (wish && !asked.has(call)) steer(stage, control, wish)
      asked.add(call)
    }),
    ports: { ...stage.options(playbook).ports, operator: operatorOf(people) },
    journal: mortalJournal(stage.journal, moment),
    control,
    takenUpBy: by,
  }
  const work = (act === 'undo' ? undoRun : runPlaybook)(options)
  // A hold that was asked for before the supervisor took the run up is still in force.
  if (by === 'supervisor') steerLater(stage, control)
  // Nobody waits for a process that was killed, and nobody hears how it fails.
  work.catch(() => undefined)
  const end = await stage.clock.drive(Promise.race([work, killed]))
  return { died: end === 'killed', moments }
}

function mortalJournal(journal: JournalStore, moment: () => void): JournalStore {
  return {
    async append(body) {
      moment()
      const entry = await journal.append(body)
      moment()
      return entry
    },
    read: () => journal.read(),
    [Symbol.asyncDispose]: () => journal[Symbol.asyncDispose](),
  }
}

/** Whoever asks for a hold lets go again. */
function steer(stage: Stage, control: RunWheel, wish: ControlWish): void {
  ask(control, wish)
  if (wish === 'hold') steerLater(stage, control)
}

function steerLater(stage: Stage, control: RunWheel): void {
  stage.clock.after(holdMs, () => ask(control, 'go-on'))
}

/** A wish that cannot be had is refused, and that is that. */
function ask(control: RunWheel, wish: ControlWish): void {
  control.ask(wish, 'ann@jump').catch(() => undefined)
}

function operatorOf({ choices }: People): Operator {
  let next = 0
  return {
    ask: () => Promise.resolve({ agreed: true, by: 'ann', how: 'typed yes' }),
    choose({ choices: offered }) {
      const wanted = choices[next]
      next += 1
      const choice = offered.find(({ key }) => key === wanted)
      return Promise.resolve(choice && { key: choice.key, by: 'ann', reason: 'it is late' })
    },
  }
}
