import { expect, it } from 'vitest'
import { exitCodeOfRun } from '../../../src/cli/runs/run-exit-code.ts'
import type { RunOutcome, RunRow } from '../../../src/runner/outcome.ts'

const row = (id: string, type: RunRow['type']): RunRow => ({
  id,
  type,
  uses: id,
  phase: 'prepare',
  state: 'failed',
  durationMs: 1,
})

function ended(change: Partial<RunOutcome>): RunOutcome {
  return {
    end: 'undone',
    failure: { code: 'gate.closed', message: 'closed' },
    failedItem: 'gate',
    declined: false,
    noReturnPassed: false,
    nothingChanged: true,
    rows: [row('gate', 'gate'), row('step', 'step')],
    whatIsTrue: [],
    whatToDo: [],
    startedAt: '',
    endedAt: '',
    ...change,
  }
}

it.each([
  ['a gate stayed closed and nothing was changed', {}, 4],
  ['a step could not begin and nothing was changed', { failedItem: 'step' }, 3],
  [
    'it was stopped before anything was changed',
    { failure: { code: 'interrupted', message: 'SIGINT' } as const },
    5,
  ],
  ['something was walked back', { nothingChanged: false }, 7],
  [
    'somebody broke its lock',
    { end: 'stopped', nothingChanged: false, failure: { code: 'locked', message: 'broken' } } as const,
    9,
  ],
  ['somebody said no', { declined: true }, 10],
] as const)('the exit status says that %s', (_what, change, exitCode) => {
  expect(exitCodeOfRun(ended(change))).toBe(exitCode)
})

it('the exit status of an undo that was asked for says success', () => {
  expect(exitCodeOfRun(ended({ end: 'undone' }), 'undone')).toBe(0)
  expect(exitCodeOfRun(ended({ end: 'stranded' }), 'undone')).toBe(8)
})
