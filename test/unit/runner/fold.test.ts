import { expect, test } from 'vitest'
import { foldJournal } from '../../../src/core/fold.ts'
import type { EntryBody, JournalEntry } from '../../../src/core/journal-entry.ts'
import { waysOut } from '../../../src/core/run-state.ts'

const start: EntryBody = {
  type: 'run.started',
  format: 1,
  runId: 'run-1',
  playbook: 'small',
  playbookDigest: 'p',
  planDigest: 'd',
  kit: '0.0.0',
}
const intended = (id: string, seen: string): EntryBody => ({
  type: 'step.intended',
  id,
  uses: 'set-cell',
  seen,
})
const failure = { code: 'system.refused', message: 'no' } as const

/** One entry a second, unless told otherwise. */
function journalOf(
  ...bodies: readonly (EntryBody & { pid?: number; monoMs?: number })[]
): readonly JournalEntry[] {
  return bodies.map((body, index) => entryOf(body, index))
}

function entryOf(body: EntryBody, index: number): JournalEntry {
  const at = new Date(Date.UTC(2026, 10, 21, 2, 0, index)).toISOString()
  const head = { seq: index + 1, at, monoMs: index * 1000, pid: 1, actor: 'a@b', epoch: 1, prev: '' }
  return { ...head, ...body }
}

function stateOf(id: string, ...bodies: readonly EntryBody[]) {
  return foldJournal(journalOf(start, ...bodies)).items.get(id)
}

test.each<[string, readonly EntryBody[]]>([
  ['in-doubt', [intended('a', 'x')]],
  ['done', [intended('a', 'x'), { type: 'step.done', id: 'a', evidence: 'e' }]],
  ['failed', [intended('a', 'x'), { type: 'step.failed', id: 'a', failure }]],
  [
    'in-doubt',
    [intended('a', 'x'), { type: 'undo.started', reason: failure }, { type: 'undo.intended', id: 'a' }],
  ],
  [
    'undone',
    [intended('a', 'x'), { type: 'undo.intended', id: 'a' }, { type: 'undo.done', id: 'a', evidence: 'e' }],
  ],
  [
    'stranded',
    [intended('a', 'x'), { type: 'undo.intended', id: 'a' }, { type: 'undo.failed', id: 'a', failure }],
  ],
  ['waiting', [{ type: 'gate.waiting', id: 'a', uses: 'cell-gate' }]],
  ['done', [{ type: 'gate.opened', id: 'a', measured: 'm' }]],
  ['failed', [{ type: 'gate.failed', id: 'a', failure }]],
])('an item is %s', (state, bodies) => {
  expect(stateOf('a', ...bodies)?.state).toBe(state)
})

test('a step that failed before its intention was not touched', () => {
  expect(stateOf('a', { type: 'step.failed', id: 'a', failure })).toMatchObject({
    state: 'failed',
    touched: false,
  })
})

test('the first before-image stays when a crash makes a step begin twice', () => {
  const record = stateOf(
    'a',
    intended('a', 'the original'),
    { type: 'run.resumed' },
    intended('a', 'half a deed'),
  )
  expect(record?.seen).toBe('the original')
})

test('a new attempt forgets the failure of the one before', () => {
  const record = stateOf(
    'a',
    intended('a', 'x'),
    { type: 'step.failed', id: 'a', failure },
    intended('a', 'x'),
  )
  expect(record).not.toHaveProperty('failure')
})

test('an item takes the time since the item before it ended', () => {
  const entries = journalOf(start, intended('a', 'x'), { type: 'step.done', id: 'a', evidence: 'e' })
  expect(foldJournal(entries).items.get('a')?.durationMs).toBe(2000)
})

test('the time in which nobody ran it does not count, and clocks of two processes are not compared', () => {
  const entries = journalOf(
    start,
    intended('a', 'x'),
    { type: 'run.resumed', pid: 2, monoMs: 50 },
    { type: 'step.done', id: 'a', evidence: 'e', pid: 2, monoMs: 350 },
  )
  expect(foldJournal(entries).items.get('a')?.durationMs).toBe(300)
})

test('the phases, the point of no return and the end are known with their times', () => {
  const state = foldJournal(
    journalOf(
      start,
      { type: 'phase.started', phase: 'pause' },
      intended('a', 'x'),
      { type: 'no-return.passed', id: 'a' },
      { type: 'run.ended', outcome: 'stopped', failure },
    ),
  )
  expect(state).toMatchObject({
    runId: 'run-1',
    phase: 'pause',
    phaseStarts: { pause: '2026-11-21T02:00:01.000Z' },
    noReturnPassed: true,
    noReturnAt: '2026-11-21T02:00:03.000Z',
    ended: 'stopped',
    failure,
  })
})

test.each<[readonly ('resume' | 'undo')[], readonly EntryBody[]]>([
  [['resume', 'undo'], []],
  [['resume', 'undo'], [{ type: 'run.ended', outcome: 'stopped' }]],
  [['resume'], [{ type: 'no-return.passed', id: 'a' }]],
  [
    ['resume'],
    [
      { type: 'no-return.passed', id: 'a' },
      { type: 'run.ended', outcome: 'stopped' },
    ],
  ],
  [['undo'], [{ type: 'undo.started', reason: failure }]],
  [
    ['undo'],
    [
      { type: 'undo.started', reason: failure },
      { type: 'run.ended', outcome: 'stranded' },
    ],
  ],
  [['undo'], [{ type: 'run.ended', outcome: 'completed' }]],
  [
    [],
    [
      { type: 'no-return.passed', id: 'a' },
      { type: 'run.ended', outcome: 'completed' },
    ],
  ],
  [
    [],
    [
      { type: 'undo.started', reason: failure },
      { type: 'run.ended', outcome: 'undone' },
    ],
  ],
])('the ways out are %j', (ways, bodies) => {
  expect(waysOut(foldJournal(journalOf(start, ...bodies)))).toEqual(ways)
})

test('an entry of an unknown kind is refused', () => {
  const strange = { type: 'moon.risen' } as unknown as EntryBody
  expect(() => foldJournal(journalOf(start, strange))).toThrow(
    expect.objectContaining({
      code: 'journal.unusable',
      message: 'entry 2 is of an unknown kind: moon.risen',
    }),
  )
})
