import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { ErrorCode } from '../../../src/core/errors.ts'
import { foldJournal } from '../../../src/core/fold.ts'
import type { Playbook } from '../../../src/core/playbook.ts'
import type { ReversedRun } from '../../../src/core/ports/index.ts'
import { loadPlaybook, variablesOf } from '../../../src/playbook/index.ts'
import type { RunOutcome } from '../../../src/runner/outcome.ts'
import { runPlaybook, undoRun } from '../../../src/runner/run-playbook.ts'
import { catalogue } from '../../../src/steps/catalogue.ts'
import type { FailureMoment } from '../../fakes/fail-at-call.ts'
import { createFakeWorld, sentinel, type FakeWorld } from '../../fakes/fake-world.ts'
import { createMemoryJournal } from '../runner/memory-journal.ts'

/**
 * A playbook of this package, with some address for every variable.
 * @param edit changes its text first, as somebody would who takes it as a pattern.
 */
export function loadShipped(name: string, edit: (text: string) => string = (text) => text): Playbook {
  const file = `playbooks/${name}.yaml`
  const text = edit(readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8'))
  const variables = Object.fromEntries(
    [...variablesOf(text).keys()].map((variable) => [variable, 'http://x']),
  )
  const result = loadPlaybook({
    file,
    text,
    variables: { ...variables, SOURCE_PORT: '1', TARGET_PORT: '1' },
    catalogue,
  })
  if (!result.ok) throw new Error(result.complaints.map(({ message }) => message).join('\n'))
  return result.playbook
}

/** A world in which the rows of both servers are equal. */
export function buildWorld(prepare: (world: FakeWorld) => void = () => undefined): FakeWorld {
  const world = createFakeWorld()
  world.secrets.set('env:SHOP_APP_PASSWORD', `${sentinel}-shop`)
  const table = { schema: 'orders', sourceRows: 1, targetRows: 1, missingInTarget: 0, extraInTarget: 0 }
  const equal = { ...table, table: 'orders', different: 0, examples: [] }
  world.comparison = { equal: true, rowsCompared: 1, tables: [equal] }
  prepare(world)
  return world
}

export interface Told {
  readonly runId: string
  readonly outcome: RunOutcome
  /** Everything the run left behind for people to read. */
  readonly words: string
  /** Steps whose intention was not waited for to be on disk. */
  readonly unwaited: readonly string[]
  /** The run as one that a later run moves back. */
  readonly asReversed: ReversedRun
}

let runs = 0

/** A whole run; one that stops before its point of no return is undone. */
export async function carryOut(world: FakeWorld, playbook: Playbook): Promise<Told> {
  runs += 1
  const runId = `night-${runs}`
  const journal = createMemoryJournal(world.clock)
  const options = {
    playbook,
    catalogue,
    ports: world.ports,
    journal,
    signal: new AbortController().signal,
    runId,
    epoch: 1,
    kitVersion: '0.0.0',
  }
  let outcome = await world.clock.drive(runPlaybook(options))
  // A run may stop for a person to decide. Before the point of no return the person can always go back.
  if (outcome.end === 'stopped' && !outcome.noReturnPassed)
    outcome = await world.clock.drive(undoRun(options))
  const { items } = foldJournal(journal.entries)
  return {
    runId,
    outcome,
    words: JSON.stringify([outcome, journal.entries, world.said]),
    unwaited: journal.postponed.flatMap((entry) => (entry.type === 'step.intended' ? [entry.id] : [])),
    asReversed: { runId, before: (id) => items.get(id)?.seen },
  }
}

/** Which port calls of a run fail: the first, and every so many after it, each in a run of its own. */
export interface Failures {
  readonly every: number
  readonly moment: FailureMoment
  readonly code: ErrorCode
}

/**
 * Lets one call after the other fail. Each run completes, stops behind the point of no return, or leaves the world as it
 * was; no secret is said.
 * @returns how the runs ended.
 */
export async function failEachCall(
  build: () => FakeWorld,
  playbook: Playbook,
  { every, moment, code }: Failures,
  expectCompleted: (world: FakeWorld) => void,
): Promise<ReadonlySet<string>> {
  const ends = new Set<string>()
  for (let call = 1; ; call += every) {
    const world = build()
    const before = world.snapshot()
    Object.assign(world.failure, { calls: 0, failAt: call, moment, code })
    const { outcome, words } = await carryOut(world, playbook)
    const where = `call ${call}, ${outcome.failedItem ?? 'no failure'}`
    if (world.failure.calls < call) return ends
    ends.add(outcome.end)
    expect(words, where).not.toContain(sentinel)
    if (outcome.end === 'completed') expectCompleted(world)
    else if (outcome.noReturnPassed) expect(outcome.end, where).toBe('stopped')
    else {
      expect(outcome.end, where).toBe('undone')
      expect(world.snapshot(), where).toEqual(before)
    }
  }
}
