import type { FoldDraft, Moment } from './fold-draft.ts'
import type { FailureRecord, JournalEntry } from './journal-entry.ts'
import type { ItemRecord } from './run-state.ts'

/** Entries about one item. False: it is none of them. */
export function applyToItem(draft: FoldDraft, entry: JournalEntry): boolean {
  switch (entry.type) {
    case 'gate.waiting':
      begin(draft, entry.id, entry)
      update(draft, entry.id, entry, { type: 'gate', uses: entry.uses, state: 'waiting' })
      return true
    case 'gate.read':
      return true
    case 'gate.opened':
      finish(draft, entry.id, entry, { type: 'gate', state: 'done', evidence: entry.measured })
      return true
    case 'gate.failed':
      fail(draft, entry.id, entry.failure)
      finish(draft, entry.id, entry, { type: 'gate', state: 'failed', failure: entry.failure })
      return true
    case 'step.intended':
      begin(draft, entry.id, entry)
      // The first before-image stays: after a crash a second look could see half of the first deed.
      update(draft, entry.id, entry, {
        uses: entry.uses,
        state: 'in-doubt',
        touched: true,
        seen: draft.items.get(entry.id)?.touched ? (draft.items.get(entry.id)?.seen ?? null) : entry.seen,
      })
      return true
    case 'item.skipped':
      finish(draft, entry.id, entry, {
        state: 'skipped',
        evidence: `skipped by ${entry.by}: ${entry.reason}`,
      })
      return true
    case 'step.done':
      finish(draft, entry.id, entry, { state: 'done', evidence: entry.evidence })
      return true
    case 'step.failed':
      fail(draft, entry.id, entry.failure)
      finish(draft, entry.id, entry, { state: 'failed', failure: entry.failure })
      return true
    default:
      return applyToUndo(draft, entry)
  }
}

function applyToUndo(draft: FoldDraft, entry: JournalEntry): boolean {
  switch (entry.type) {
    case 'undo.intended':
      begin(draft, entry.id, entry)
      // Touched also when it was undone before: a second undo is a deed, too.
      update(draft, entry.id, entry, { state: 'in-doubt', touched: true })
      return true
    case 'undo.done':
      finishUndo(draft, entry.id, entry, {
        state: 'undone',
        touched: false,
        undoneSeq: entry.seq,
        evidence: entry.evidence,
      })
      return true
    case 'undo.skipped':
      finishUndo(draft, entry.id, entry, { undoSkipped: entry.why })
      return true
    case 'undo.failed':
      finishUndo(draft, entry.id, entry, { state: 'stranded', failure: entry.failure })
      return true
    default:
      return false
  }
}

function fail(draft: FoldDraft, id: string, failure: FailureRecord): void {
  draft.failedItem = id
  draft.failure = failure
}

/** Items run one after the other, so an item's time starts where the one before ended: its first look counts too. */
function begin(draft: FoldDraft, id: string, entry: JournalEntry): void {
  draft.began.set(id, draft.boundary ?? entry)
}

function finish(draft: FoldDraft, id: string, entry: JournalEntry, change: Partial<ItemRecord>): void {
  update(draft, id, entry, { ...change, durationMs: took(draft, id, entry) })
  draft.boundary = entry
}

function finishUndo(draft: FoldDraft, id: string, entry: JournalEntry, change: Partial<ItemRecord>): void {
  update(draft, id, entry, { ...change, undoMs: took(draft, id, entry) })
  draft.boundary = entry
}

function took(draft: FoldDraft, id: string, entry: JournalEntry): number {
  const start = draft.began.get(id) ?? draft.boundary ?? entry
  draft.began.delete(id)
  return Math.max(0, millisecondsBetween(start, entry))
}

/** Monotonic clocks of two processes have nothing in common, so across a crash the wall clock must do. */
function millisecondsBetween(from: Moment, to: Moment): number {
  return from.pid === to.pid ? to.monoMs - from.monoMs : Date.parse(to.at) - Date.parse(from.at)
}

function update(draft: FoldDraft, id: string, entry: JournalEntry, change: Partial<ItemRecord>): void {
  const before = draft.items.get(id) ?? blankItem(draft, id, entry.at)
  const { failure: _failure, ...rest } = before
  // A new attempt starts without the failure of the one before.
  const kept = change.state === undefined ? before : rest
  draft.items.set(id, { ...kept, ...change })
}

function blankItem(draft: FoldDraft, id: string, startedAt: string): ItemRecord {
  const phase = draft.phase ?? 'prepare'
  return {
    id,
    type: 'step',
    uses: '',
    phase,
    state: 'waiting',
    touched: false,
    undoneSeq: 0,
    durationMs: 0,
    undoMs: 0,
    startedAt,
  }
}
