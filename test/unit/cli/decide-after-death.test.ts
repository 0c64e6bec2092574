import { expect, it } from 'vitest'
import { foldJournal } from '../../../src/core/fold.ts'
import type { EntryBody, JournalEntry } from '../../../src/core/journal-entry.ts'
import { decideAfterDeath, type NextMove } from '../../../src/cli/supervisor/decide-after-death.ts'

const failure = { code: 'deadline', message: 'too slow' } as const
const started: EntryBody = {
  type: 'run.started',
  format: 1,
  runId: 'r',
  playbook: 'p',
  playbookDigest: 'd',
  planDigest: 'd',
  kit: '0',
}
const phase = (name: 'prepare' | 'pause' | 'settle'): EntryBody => ({ type: 'phase.started', phase: name })
const intended = (id: string): EntryBody => ({ type: 'step.intended', id, uses: 'x', seen: null })
const done = (id: string): readonly EntryBody[] => [
  intended(id),
  { type: 'step.done', id, evidence: 'so it is' },
]
const undoing: EntryBody = { type: 'undo.started', reason: failure }
const passed: EntryBody = { type: 'no-return.passed', id: 'release' }
const ended = (outcome: 'completed' | 'undone' | 'stopped' | 'stranded'): EntryBody => ({
  type: 'run.ended',
  outcome,
})

const told = { onCrash: 'resume', pauseItems: ['fence', 'release'] } as const
const prepared = [started, phase('prepare'), ...done('account')]
const paused = [...prepared, phase('pause'), ...done('fence')]

function after(
  bodies: readonly EntryBody[],
  onCrash: 'resume' | 'undo' = 'resume',
  command = 'run',
): NextMove {
  const entries = bodies.map((body, index): JournalEntry => ({
    seq: index + 1,
    at: '2026-11-21T03:00:00.000Z',
    monoMs: index,
    pid: 1,
    actor: 'a@b',
    epoch: 1,
    prev: '',
    ...body,
  }))
  return decideAfterDeath(foldJournal(entries), { ...told, onCrash }, command)
}

it('goes on in the pause, or walks back when the playbook wants that', () => {
  expect(after(paused)).toMatchObject({ do: 'take-up', command: 'resume' })
  expect(after(paused, 'undo')).toMatchObject({ do: 'take-up', command: 'undo' })
  expect(after([...prepared, phase('pause')])).toMatchObject({ do: 'take-up' })
  expect(after([...paused, intended('release')], 'undo')).toMatchObject({ command: 'undo' })
})

it('only goes forward past the point of no return, whatever the playbook wants', () => {
  const released = [...paused, intended('release'), passed]
  expect(after(released, 'undo')).toMatchObject({ do: 'take-up', command: 'resume' })
})

it('goes on walking back, in the pause and outside', () => {
  expect(after([...paused, undoing])).toMatchObject({ do: 'take-up', command: 'undo' })
  expect(after([...prepared, undoing])).toMatchObject({ do: 'take-up', command: 'undo' })
})

it('leaves a run to a person before the pause and after it', () => {
  expect(after(prepared)).toMatchObject({ do: 'end', exitCode: 8 })
  const over = [...paused, passed, ...done('release')]
  expect(after(over)).toMatchObject({ do: 'end', exitCode: 6 })
  expect(after([...over, phase('settle')])).toMatchObject({ do: 'end', exitCode: 6 })
})

it('counts a skipped item of the pause as over', () => {
  const skipped: EntryBody = { type: 'item.skipped', id: 'release', by: 'a', reason: 'b' }
  expect(after([...paused, passed, skipped])).toMatchObject({ do: 'end' })
})

it('does not touch a run that has ended, and ends as the run did', () => {
  expect(after([...paused, ended('completed')])).toMatchObject({ do: 'end', exitCode: 0 })
  expect(after([...paused, undoing, ended('undone')])).toMatchObject({ do: 'end', exitCode: 7 })
  expect(after([...paused, undoing, ended('undone')], 'resume', 'undo')).toMatchObject({ exitCode: 0 })
  expect(after([...paused, undoing, ended('stranded')])).toMatchObject({ do: 'end', exitCode: 8 })
  expect(after([...paused, passed, ended('stopped')])).toMatchObject({ do: 'end', exitCode: 6 })
})

it('takes up a run that was stopped and resumed', () => {
  expect(after([...paused, ended('stopped'), { type: 'run.resumed' }])).toMatchObject({ do: 'take-up' })
})
