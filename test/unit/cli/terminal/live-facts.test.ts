import { describe, expect, it } from 'vitest'
import { factLines, stopLine } from '../../../../src/cli/terminal/fact-lines.ts'
import { clockTime } from '../../../../src/cli/terminal/clock-time.ts'
import { RunView } from '../../../../src/cli/terminal/run-view.ts'
import type { ShownPlaybook } from '../../../../src/cli/terminal/shown-playbook.ts'
import { undoEstimateMs, undoFitsUntil } from '../../../../src/cli/terminal/undo-fits.ts'
import { foldJournal } from '../../../../src/core/fold.ts'
import type { EntryBody, JournalEntry } from '../../../../src/core/journal-entry.ts'
import type { RunPosition } from '../../../../src/core/run-control.ts'
import { between } from '../../../fakes/fake-run-control.ts'

const start = Date.parse('2026-11-21T02:00:00.000Z')

const playbook: ShownPlaybook = {
  name: 'small',
  items: [
    { id: 'account', onFailure: 'undo' },
    { id: 'fence', onFailure: 'undo' },
    { id: 'quiet', onFailure: 'undo' },
    { id: 'release', onFailure: 'undo' },
    { id: 'watch', onFailure: 'stop' },
  ],
  pauseBudgetMs: 120_000,
  onOverrun: 'undo',
}

/** Entries at these milliseconds after the start. */
function entries(...bodies: readonly (readonly [ms: number, body: EntryBody])[]): readonly JournalEntry[] {
  const head = { pid: 1, actor: 'ann@bastion', epoch: 1, prev: '' }
  return bodies.map(([ms, body], index) =>
    Object.assign({ seq: index + 1, at: new Date(start + ms).toISOString(), monoMs: ms }, head, body),
  )
}

const began: EntryBody = {
  type: 'run.started',
  format: 1,
  runId: 'run-1',
  playbook: 'small',
  playbookDigest: '',
  planDigest: '',
  kit: '',
}
const intended = (id: string): EntryBody => ({ type: 'step.intended', id, uses: 'set-cell', seen: null })
const done = (id: string): EntryBody => ({ type: 'step.done', id, evidence: 'yes' })
const intoPause = [
  [0, began],
  [0, { type: 'phase.started', phase: 'prepare' }],
  [10, intended('account')],
  [2000, done('account')],
  [10_000, { type: 'phase.started', phase: 'pause' }],
  [10_100, intended('fence')],
  [13_000, done('fence')],
] as const satisfies readonly (readonly [number, EntryBody])[]
const inPause: RunPosition = {
  ...between,
  phase: 'pause',
  inPause: true,
  item: 'quiet',
  safePoint: 'at the end of the pause',
}

function viewOf(more: readonly (readonly [number, EntryBody])[] = [], shown = playbook): RunView {
  const view = new RunView(shown)
  for (const entry of entries(...intoPause, ...more)) view.see({ type: 'journal', entry }, start)
  return view
}

describe('the latest moment at which an undo still fits', () => {
  const state = foldJournal(entries(...intoPause))

  it('takes an undo to last as long as what would be undone took, and five seconds', () => {
    expect(undoEstimateMs(state)).toBe(2000 + 3000 + 5000)
  })

  it('is the earlier end, of budget or window, less the undo', () => {
    const ends = { budgetEndsAt: start + 130_000, windowEndsAt: start + 60_000 }
    expect(undoFitsUntil(state, ends)).toBe(start + 50_000)
    expect(undoFitsUntil(state, { ...ends, windowEndsAt: undefined })).toBe(start + 120_000)
  })

  it('does not exist where nothing ends, where it is too late, and while it is walking back', () => {
    const none = { budgetEndsAt: undefined, windowEndsAt: undefined }
    const ends = { budgetEndsAt: start, windowEndsAt: undefined }
    const passed = foldJournal(entries(...intoPause, [14_000, { type: 'no-return.passed', id: 'release' }]))
    const undoing = foldJournal(
      entries(...intoPause, [
        14_000,
        { type: 'undo.started', reason: { code: 'interrupted', message: 'asked' } },
      ]),
    )
    expect([undoFitsUntil(state, none), undoFitsUntil(passed, ends), undoFitsUntil(undoing, ends)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('does not count what was undone already', () => {
    const undone = foldJournal(
      entries(...intoPause, [14_000, { type: 'undo.done', id: 'fence', evidence: 'as before' }]),
    )
    expect(undoEstimateMs(undone)).toBe(2000 + 5000)
  })
})

describe('the lines of a run that goes on', () => {
  it('say where it is, its clocks, and what happens if nobody does anything', () => {
    const lines = factLines(viewOf([[13_100, intended('release')]]).facts(inPause, start + 18_000), inPause)
    expect(lines).toEqual([
      'small | pause 3/5 | release …',
      `pause 8 s of 2 min 00 s | undo still fits until ${clockTime(start + 130_000 - 13_000 + 3000)}`,
      `if nobody does anything: it goes on, and walks back at ${clockTime(start + 130_000)} when the budget is used up`,
    ])
  })

  it('tell a gate’s reason and when it gives up', () => {
    const view = viewOf([[13_100, { type: 'gate.waiting', id: 'quiet', uses: 'cell-gate' }]])
    view.see(
      {
        type: 'gate.reading',
        id: 'quiet',
        reading: { state: 'closed', reason: '3 sessions of orders_app' },
        good: 0,
        goodWanted: 2,
        waitedMs: 1000,
        remainingMs: 19_000,
      },
      start + 15_000,
    )
    const facts = view.facts(inPause, start + 16_000)
    expect(facts.doing).toBe('quiet: 3 sessions of orders_app (gives up in 18 s)')
    expect(facts.otherwise).toBe(
      `it goes on when quiet opens, and walks back at ${clockTime(start + 34_000)} when it does not`,
    )
  })

  it('count the window down, and say when it is over', () => {
    const windowed = { ...playbook, window: { notAfter: start + 60_000 } }
    const facts = viewOf([], windowed).facts(inPause, start + 20_000)
    expect(factLines(facts, inPause)[1]).toBe(
      `pause 10 s of 2 min 00 s | window left 40 s | undo still fits until ${clockTime(start + 50_000)}`,
    )
    expect(factLines(viewOf([], windowed).facts(inPause, start + 61_000), inPause)[1]).toContain(
      'THE WINDOW IS OVER',
    )
  })

  it('have no clock of the pause outside it, and none of an undo after the point of no return', () => {
    const facts = viewOf().facts(between, start + 20_000)
    expect(factLines(facts, between)).toHaveLength(2)
    const passed = { ...inPause, noReturnPassed: true }
    const late = viewOf([[14_000, { type: 'no-return.passed', id: 'release' }]]).facts(passed, start + 20_000)
    expect(late).toMatchObject({ undoFitsUntil: null, otherwise: 'it goes on' })
  })

  it.each([
    [{ ...between, held: true }, 'it waits on, until: cutover continue'],
    [{ ...between, undoing: true }, 'it walks back to the end'],
    [{ ...between, pending: 'park' as const }, 'it stops after read-only-account'],
    [{ ...inPause, pending: 'hold' as const }, 'it waits at the end of the pause'],
  ])('say what was asked for', (position, otherwise) => {
    expect(viewOf().facts(position, start + 20_000).otherwise).toBe(otherwise)
  })

  it('say when a window opens that is waited for', () => {
    const view = viewOf()
    view.see({ type: 'window.waiting', opensInMs: 30_000 }, start)
    expect(view.facts(between, start).otherwise).toBe(
      `it goes on at ${clockTime(start + 30_000)}, when the window opens`,
    )
  })

  it('measure a pause that another process began by the wall clock', () => {
    const view = new RunView(playbook)
    view.recall(entries(...intoPause))
    view.see(
      { type: 'journal', entry: entries([600_000, { type: 'run.resumed' }])[0] as JournalEntry },
      start,
    )
    expect(view.facts(inPause, start + 40_000).pauseMs).toBe(30_000)
  })
})

it.each([
  ['before it acts', undefined, /ends here, nothing is begun/],
  ['between two steps', between, /stops after read-only-account, and everything stays/],
  [
    'after a first one',
    { ...between, pending: 'park' as const },
    /asks: wait, walk back, or go on after all/,
  ],
  ['in the pause', inPause, /asks: go on, walk back, or stop later/],
  ['after the point of no return', { ...inPause, noReturnPassed: true }, /asks: go on, or stop at the end/],
  ['while it walks back', { ...inPause, undoing: true }, /does nothing: walking back is not cut off/],
])('the last line says what Ctrl-C does %s', (_when, position, wanted) => {
  expect(stopLine(position, true)).toMatch(wanted)
})

it('the last line does not promise a question that nobody could answer', () => {
  expect(stopLine(inPause, false)).toBe('Ctrl-C cuts what is in hand and walks back')
  expect(stopLine({ ...inPause, noReturnPassed: true }, false)).toBe('Ctrl-C stops at the end of the pause')
})
