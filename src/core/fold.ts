import { CutoverError } from './errors.ts'
import type { FailureRecord, JournalEntry } from './journal-entry.ts'
import type { PhaseName } from './playbook.ts'
import type { ItemRecord, RunState } from './run-state.ts'

/** @throws CutoverError `journal.unusable` for an entry of a kind this version does not know. */
export function foldJournal(entries: readonly JournalEntry[]): RunState {
  const fold = createFold()
  for (const entry of entries) fold.add(entry)
  return fold.state()
}

/** A journal that grows, folded entry by entry. */
export interface JournalFold {
  /** @throws CutoverError `journal.unusable` for an entry of a kind this version does not know. */
  add(entry: JournalEntry): void
  /** Everything so far; what comes later does not change it. */
  state(): RunState
}

export function createFold(): JournalFold {
  const draft = emptyDraft()
  let seen: RunState | undefined
  return {
    add(entry) {
      seen = undefined
      apply(draft, entry)
    },
    state: () => (seen ??= { ...draft, items: new Map(draft.items), phaseStarts: { ...draft.phaseStarts } }),
  }
}

type Mutable<T> = { -readonly [key in keyof T]: T[key] }
type Draft = Mutable<Omit<RunState, 'items' | 'phaseStarts'>> & {
  items: Map<string, ItemRecord>
  phaseStarts: Partial<Record<PhaseName, string>>
  /** The last moment at which one item ended and the next could begin. */
  boundary: Moment | undefined
  began: Map<string, Moment>
}
type Moment = Pick<JournalEntry, 'at' | 'monoMs' | 'pid'>

function emptyDraft(): Draft {
  return {
    runId: '',
    playbook: '',
    playbookDigest: '',
    planDigest: '',
    reverses: undefined,
    startedAt: '',
    lastAt: '',
    phase: undefined,
    phaseStarts: {},
    items: new Map(),
    noReturnPassed: false,
    noReturnAt: undefined,
    undoReason: undefined,
    failedItem: undefined,
    wish: undefined,
    failure: undefined,
    ended: undefined,
    boundary: undefined,
    began: new Map(),
  }
}

function apply(draft: Draft, entry: JournalEntry): void {
  draft.lastAt = entry.at
  if (!applyToRun(draft, entry) && !applyToItem(draft, entry)) {
    throw new CutoverError('journal.unusable', `entry ${entry.seq} is of an unknown kind: ${entry.type}`, {
      hint: 'A newer version of the kit wrote this journal; use that version for this run.',
    })
  }
}

/** Entries about the run as a whole. False: it is none of them. */
function applyToRun(draft: Draft, entry: JournalEntry): boolean {
  switch (entry.type) {
    case 'run.started':
      draft.runId = entry.runId
      draft.playbook = entry.playbook
      draft.playbookDigest = entry.playbookDigest
      draft.planDigest = entry.planDigest
      draft.reverses = entry.reverses
      draft.startedAt = entry.at
      break
    case 'run.resumed':
      if (entry.by !== 'supervisor') draft.wish = undefined // whoever types resume means it
      draft.began.clear() // the time in which nobody ran it is not the item's
      draft.ended = undefined
      draft.failure = undefined
      draft.failedItem = undefined
      break
    case 'phase.started':
      draft.phase = entry.phase
      draft.phaseStarts[entry.phase] = entry.at
      break
    case 'undo.started':
      draft.ended = undefined
      draft.undoReason ??= entry.reason
      draft.wish = undefined
      draft.failure ??= entry.reason
      break
    case 'run.ended':
      draft.ended = entry.outcome
      draft.failure ??= entry.failure
      if (entry.outcome === 'stopped' && draft.wish?.wish === 'park' && draft.failure?.code !== 'interrupted')
        draft.failure = parkedAt(draft.wish.by, draft.failure)
      draft.wish = undefined
      break
    case 'no-return.passed':
      draft.noReturnPassed = true
      draft.noReturnAt = entry.at
      return true
    case 'operator.answered':
    case 'operator.note':
      return true
    case 'failure.answered':
      if (entry.choice === 'park') draft.failure = parkedAt(entry.by, draft.failure)
      return true
    case 'operator.asked':
      draft.wish = entry.wish === 'go-on' ? undefined : { wish: entry.wish, by: entry.by }
      return true
    default:
      return false
  }
  draft.boundary = entry
  return true
}

/** The item did fail, but that the run ends here is what a person wanted. */
function parkedAt(by: string, failure: FailureRecord | undefined): FailureRecord {
  const message = `${by} stopped the run after: ${failure?.message ?? 'a failure'}`
  return { ...failure, code: 'interrupted', message }
}

/** Entries about one item. False: it is none of them. */
function applyToItem(draft: Draft, entry: JournalEntry): boolean {
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

function applyToUndo(draft: Draft, entry: JournalEntry): boolean {
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

function fail(draft: Draft, id: string, failure: FailureRecord): void {
  draft.failedItem = id
  draft.failure = failure
}

/** Items run one after the other, so an item's time starts where the one before ended: its first look counts too. */
function begin(draft: Draft, id: string, entry: JournalEntry): void {
  draft.began.set(id, draft.boundary ?? entry)
}

function finish(draft: Draft, id: string, entry: JournalEntry, change: Partial<ItemRecord>): void {
  update(draft, id, entry, { ...change, durationMs: took(draft, id, entry) })
  draft.boundary = entry
}

function finishUndo(draft: Draft, id: string, entry: JournalEntry, change: Partial<ItemRecord>): void {
  update(draft, id, entry, { ...change, undoMs: took(draft, id, entry) })
  draft.boundary = entry
}

function took(draft: Draft, id: string, entry: JournalEntry): number {
  const start = draft.began.get(id) ?? draft.boundary ?? entry
  draft.began.delete(id)
  return Math.max(0, millisecondsBetween(start, entry))
}

/** Monotonic clocks of two processes have nothing in common, so across a crash the wall clock must do. */
function millisecondsBetween(from: Moment, to: Moment): number {
  return from.pid === to.pid ? to.monoMs - from.monoMs : Date.parse(to.at) - Date.parse(from.at)
}

function update(draft: Draft, id: string, entry: JournalEntry, change: Partial<ItemRecord>): void {
  const before = draft.items.get(id) ?? blankItem(draft, id, entry.at)
  const { failure: _failure, ...rest } = before
  // A new attempt starts without the failure of the one before.
  const kept = change.state === undefined ? before : rest
  draft.items.set(id, { ...kept, ...change })
}

function blankItem(draft: Draft, id: string, startedAt: string): ItemRecord {
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
