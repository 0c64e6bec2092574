import type { JournalEntry } from '../../../src/core/journal-entry.ts'
import type { Playbook } from '../../../src/core/playbook.ts'
import type { RunEvent } from '../../../src/core/run-event.ts'
import { runPlaybook, undoRun, type RunOptions } from '../../../src/runner/run-playbook.ts'
import type { RunOutcome } from '../../../src/runner/outcome.ts'
import { createFakeClock, type FakeClock } from '../../fakes/fake-clock.ts'
import { createMemoryJournal, type MemoryJournal } from './memory-journal.ts'
import { catalogueOf, createWorld, portsWith, type World } from './small-world.ts'

type Writable<T> = { -readonly [key in keyof T]: T[key] }

/** Everything one test needs to run a playbook in a small world. */
export interface Stage {
  readonly world: World
  readonly clock: FakeClock
  readonly events: RunEvent[]
  readonly stop: AbortController
  journal: Writable<MemoryJournal>
  readonly options: (playbook: Playbook) => RunOptions
  run(playbook: Playbook, more?: Partial<RunOptions>): Promise<RunOutcome>
  undo(playbook: Playbook): Promise<RunOutcome>
  /** `type id` of every journal entry. */
  story(): readonly string[]
}

export function setStage(answer?: 'yes' | 'no'): Stage {
  const world = createWorld()
  const clock = createFakeClock()
  const events: RunEvent[] = []
  const stop = new AbortController()
  const stage: Stage = {
    world,
    clock,
    events,
    stop,
    journal: createMemoryJournal(clock),
    options: (playbook) => ({
      playbook,
      catalogue: catalogueOf(world),
      ports: portsWith(clock, answer),
      journal: stage.journal,
      signal: stop.signal,
      runId: 'run-1',
      epoch: 1,
      kitVersion: '0.0.0',
      onEvent: (event) => events.push(event),
    }),
    run: (playbook, more) => clock.drive(runPlaybook({ ...stage.options(playbook), ...more })),
    undo: (playbook) => clock.drive(undoRun(stage.options(playbook))),
    story: () => stage.journal.entries.map(tellEntry),
  }
  return stage
}

export function tellEntry(entry: JournalEntry): string {
  if ('id' in entry) return `${entry.type} ${entry.id}`
  if (entry.type === 'phase.started') return `${entry.type} ${entry.phase}`
  return entry.type === 'run.ended' ? `${entry.type} ${entry.outcome}` : entry.type
}
