import { expect, test } from 'vitest'
import type { EntryBody, JournalEntry } from '../../../src/core/journal-entry.ts'
import { entryText } from '../../../src/report/entry-text.ts'

function text(body: EntryBody): string {
  const head = {
    seq: 7,
    at: '2026-11-21T03:00:05.123Z',
    monoMs: 1,
    pid: 1,
    actor: 'anna@jump',
    epoch: 1,
    prev: '',
  }
  return entryText({ ...head, ...body }).replace('   7  2026-11-21 03:00:05.123Z  ', '')
}

const failure = { code: 'deadline', message: 'took too long' } as const

test.each<[EntryBody, string]>([
  [{ type: 'phase.started', phase: 'pause' }, 'phase.started      pause'],
  [
    { type: 'step.intended', id: 'fence', uses: 'stop-writes', seen: null },
    'step.intended      fence  (stop-writes)',
  ],
  [{ type: 'step.done', id: 'fence', evidence: 'it is up' }, 'step.done          fence  it is up'],
  [
    { type: 'gate.read', id: 'quiet', reading: { state: 'closed', reason: '2 left' } },
    'gate.read          quiet  closed: 2 left',
  ],
  [{ type: 'undo.failed', id: 'fence', failure }, 'undo.failed        fence  took too long [deadline]'],
  [{ type: 'no-return.passed', id: 'release' }, 'no-return.passed   release'],
  [
    { type: 'operator.asked', wish: 'park', by: 'anna@jump', why: 'lunch' },
    'operator.asked     park (anna@jump): lunch',
  ],
  [
    { type: 'run.ended', outcome: 'stopped', failure },
    'run.ended          stopped: took too long [deadline]',
  ],
])('%o is one line', (body, expected) => {
  expect(text(body)).toBe(expected)
})

test('what a system answered cannot move the cursor or begin a line', () => {
  expect(text({ type: 'step.done', id: 'fence', evidence: 'a\u001b[2J\nb\u202Ec' })).toBe(
    'step.done          fence  a [2J b c',
  )
})

test('an entry of a kind that is not known is shown by its kind', () => {
  const entry = { type: 'moon.rose', seq: 1, at: 'T', actor: '' } as unknown as JournalEntry
  expect(entryText(entry)).toMatch(/moon\.rose$/)
})
