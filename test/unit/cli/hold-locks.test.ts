import { expect, test } from 'vitest'
import { needsNobody } from '../../../src/cli/locks/hold-locks.ts'
import type { EntryBody, JournalEntry } from '../../../src/core/journal-entry.ts'
import { foldJournal } from '../../../src/core/fold.ts'

const failure = { code: 'conflict' as const, message: 'no' }
const started: EntryBody = {
  type: 'run.started',
  format: 1,
  runId: 'run-1',
  playbook: 'p',
  playbookDigest: '',
  planDigest: '',
  kit: '0',
}
const intended: EntryBody = { type: 'step.intended', id: 'fence', uses: 'stop-writes', seen: null }
const undone: EntryBody = { type: 'undo.done', id: 'fence', evidence: 'down' }
const ended = (outcome: 'completed' | 'undone' | 'stopped' | 'stranded'): EntryBody => ({
  type: 'run.ended',
  outcome,
})

const head = { at: '2026-11-21T02:00:00.000Z', monoMs: 0, pid: 1, actor: 'ann@host', epoch: 1, prev: '' }

function needs(...bodies: readonly EntryBody[]): boolean {
  const entries: JournalEntry[] = []
  for (const body of bodies) entries.push({ seq: entries.length + 1, ...head, ...body })
  return !needsNobody(foldJournal(entries))
}

test('a lock is let go of when nothing is left to do', () => {
  expect(needs()).toBe(false)
  expect(needs(started, ended('completed'))).toBe(false)
  expect(needs(started, intended, { type: 'undo.started', reason: failure }, undone, ended('undone'))).toBe(
    false,
  )
  expect(needs(started, ended('stopped'))).toBe(false)
})

test('a run that is cut off, parked with something changed, or stranded keeps its lock', () => {
  expect(needs(started)).toBe(true)
  expect(needs(started, intended)).toBe(true)
  expect(needs(started, intended, ended('stopped'))).toBe(true)
  expect(needs(started, intended, ended('stranded'))).toBe(true)
  expect(needs(started, ended('completed'), { type: 'run.resumed' })).toBe(true)
})
