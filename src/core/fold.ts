import { CutoverError } from './errors.ts'
import type { FailureRecord, JournalEntry } from './journal-entry.ts'
import { emptyDraft, type FoldDraft } from './fold-draft.ts'
import { applyToItem } from './fold-items.ts'
import type { RunState } from './run-state.ts'

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

function apply(draft: FoldDraft, entry: JournalEntry): void {
  draft.lastAt = entry.at
  if (!applyToRun(draft, entry) && !applyToItem(draft, entry)) {
    throw new CutoverError('journal.unusable', `entry ${entry.seq} is of an unknown kind: ${entry.type}`, {
      hint: 'A newer version of the kit wrote this journal; use that version for this run.',
    })
  }
}

/** Entries about the run as a whole. False: it is none of them. */
function applyToRun(draft: FoldDraft, entry: JournalEntry): boolean {
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
