import { describe, expect, it } from 'vitest'
import { CutoverError } from '../../../src/core/errors.ts'
import { foldJournal } from '../../../src/core/fold.ts'
import type { JournalEntry } from '../../../src/core/journal-entry.ts'
import { waysOut } from '../../../src/core/run-state.ts'
import type { RunOutcome } from '../../../src/runner/outcome.ts'
import { runPlaybook, undoRun, type RunOptions } from '../../../src/runner/run-playbook.ts'
import { catalogue } from '../../../src/steps/catalogue.ts'
import type { FakeWorld } from '../../fakes/fake-world.ts'
import { createMemoryJournal } from '../runner/memory-journal.ts'
import { buildWorld, loadShipped } from './whole-runs.ts'

const playbook = loadShipped('stop-write')
const hour = 3_600_000
const jumps = [
  ['an hour ahead', hour],
  ['an hour back', -hour],
  ['a day ahead', 24 * hour],
  ['a day back', -24 * hour],
] as const

interface Night {
  readonly world: FakeWorld
  readonly entries: readonly JournalEntry[]
  readonly outcome: RunOutcome
}

/** One run. The wall clock jumps right before entry `jumpAt`; the process dies before entry `diesAt` and is resumed. */
async function carryOut(jumpMs: number, jumpAt: number, diesAt = Number.POSITIVE_INFINITY): Promise<Night> {
  const world = buildWorld()
  const options = (entries: readonly JournalEntry[], dying: boolean): RunOptions => ({
    playbook,
    catalogue,
    ports: world.ports,
    journal: createMemoryJournal(world.clock, entries, (_body, seq) => {
      if (seq === jumpAt) world.clock.jump(jumpMs)
      if (dying && seq === diesAt) throw new CutoverError('journal.unusable', 'the process died')
    }),
    signal: new AbortController().signal,
    runId: 'night',
    epoch: 1,
    kitVersion: '0.0.0',
  })
  const first = options([], true)
  let outcome = await world.clock.drive(runPlaybook(first))
  let entries = await first.journal.read()
  if (entries.length > 0 && foldJournal(entries).ended === undefined) {
    const again = options(entries, false)
    // A jump that has happened does not happen again at the entry that was not written.
    const resumed = waysOut(foldJournal(entries)).includes('resume') ? runPlaybook : undoRun
    outcome = await world.clock.drive(resumed(again))
    entries = await again.journal.read()
  }
  return { world, entries, outcome }
}

/** What must hold however the time was set. */
function expectSane({ world, entries, outcome }: Night, before: unknown, where: string): void {
  const state = foldJournal(entries)
  expect(world.clock.pending, where).toBe(0)
  for (const row of outcome.rows) expect(row.durationMs, `${where}: ${row.id}`).toBeGreaterThanOrEqual(0)
  for (const item of state.items.values()) expect(item.undoMs, where).toBeGreaterThanOrEqual(0)
  if (outcome.end === 'undone') expect(world.snapshot(), where).toEqual(before)
  else if (outcome.end === 'stopped') expect(waysOut(state), where).toContain('resume')
  else expect(outcome.end, where).toBe('completed')
}

describe.each(jumps)('a wall clock that is set %s during a run', (_name, jumpMs) => {
  it('changes nothing about it: only the monotonic clock decides', async () => {
    const before = buildWorld().snapshot()
    const whole = await carryOut(0, 0)
    expect(whole.outcome.end).toBe('completed')
    for (let at = 1; at <= whole.entries.length; at += 1) {
      const night = await carryOut(jumpMs, at)
      const where = `before ${night.entries[at - 1]?.type} (${at})`
      expectSane(night, before, where)
      expect(night.outcome.end, where).toBe('completed')
    }
  })

  it('leaves a run that died just then, and is taken up, whole or as if it had never begun', async () => {
    const before = buildWorld().snapshot()
    const { entries } = await carryOut(0, 0)
    for (let at = 2; at <= entries.length; at += 2) {
      const night = await carryOut(jumpMs, at, at)
      expectSane(night, before, `died before ${entries[at - 1]?.type} (${at})`)
    }
  })
})
