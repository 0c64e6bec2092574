import { CutoverError, isCutoverError } from '../../core/errors.ts'
import type { WriteOutcome } from '../shared/write-outcomes.ts'
import type { Configuration } from './configuration.ts'
import type { Items } from './portal-answers.ts'

/** Somebody else is at work in the namespace. Only keys and users are named, never values. */
export function unreleasedEdits(where: string, keys: readonly string[], items: Items): CutoverError {
  const authors = [...new Set(keys.flatMap((key) => items.get(key)?.by || []))]
  const by = authors.length === 0 ? '' : ` (by ${authors.join(', ')})`
  return new CutoverError(
    'conflict',
    `${where} has edits that are not released: ${keys.join(', ')}${by}; nothing was changed`,
    {
      where,
      hint: 'Release or revert them in the portal (after a rollback there, items are still as before it), then start again.',
    },
  )
}

export function heldByUser(where: string, user: string, operator: string): CutoverError {
  const isOperator = user === operator
  const message = isOperator
    ? `${where} is held by ${operator}, and Apollo wants another user to release what that one edited`
    : `${where} is being edited by ${user}, who holds its lock; nothing was changed`
  const hint = isOperator
    ? 'Release or revert the edit in the portal as another user. The kit cannot work with namespace.lock.switch on.'
    : 'Let them release or revert in the portal, then start again.'
  return new CutoverError(isOperator ? 'system.unsupported' : 'conflict', message, { where, hint })
}

/** Gray clients would keep what the branch says and not get the release. */
export function grayBranch(where: string): CutoverError {
  return new CutoverError('conflict', `${where} has a gray release: some clients would not get the new one`, {
    where,
    hint: 'Publish it to all or abandon it in the portal, then start again.',
  })
}

/** @param left keys of the edit that could not be taken back. */
export function editedMeanwhile(
  where: string,
  keys: readonly string[],
  left: readonly string[],
): CutoverError {
  const what = keys.length === 0 ? 'released it' : `edited ${keys.join(', ')}`
  return new CutoverError(
    'conflict',
    `somebody else ${what} in ${where} in the same moment; ${fateOf(left)}`,
    {
      where,
      hint: 'Look at the namespace in the portal, agree with its author, then plan again.',
    },
  )
}

/** The release went out with values that are not ours. */
export function releasedWithOthers(where: string, keys: readonly string[]): CutoverError {
  return new CutoverError(
    'conflict',
    `${where} was released, and with it what somebody else edited in the same moment: ${keys.join(', ')}`,
    { where, hint: 'Look at the namespace in the portal and agree with its author what it is to be.' },
  )
}

/** Seen in the list of releases only afterwards: Apollo has no condition that would have prevented it. */
export function overwroteRelease(where: string, id: number, by: string): CutoverError {
  return new CutoverError(
    'conflict',
    `${where} was released, and release ${id} by ${by} that came in between is overwritten`,
    { where, hint: 'Its text is in the history of the namespace. Agree with its author what it is to be.' },
  )
}

/** A put that would take items away from others. */
export function takesAway(where: string, keys: readonly string[]): CutoverError {
  return new CutoverError('system.refused', `the new text of ${where} lacks ${keys.join(', ')}`, {
    where,
    hint: 'Items are only ever set, never removed. Remove them in the portal if that is meant.',
  })
}

/** The edit is made, and whether its release still comes is not known. */
export function releaseUnknown(where: string, keys: readonly string[], reason: string): CutoverError {
  return new CutoverError(
    'system.ambiguous',
    `${where} is edited (${keys.join(', ')}) and not released so far; nobody knows whether the release still comes (${reason})`,
    {
      where,
      hint: 'Resume the run: it releases the edit. Or revert the edit in the portal.',
    },
  )
}

/** The edit is made, and what came of it cannot be looked at. */
export function leftUnreleased(where: string, keys: readonly string[], cause: unknown): CutoverError {
  return new CutoverError(
    'system.ambiguous',
    `${where} is edited (${keys.join(', ')}) and not released by this run, and the portal cannot be asked any more`,
    {
      where,
      hint: 'Bring the portal back, then resume the run: it releases the edit. Or revert the edit in the portal.',
      ...(isCutoverError(cause) && { cause }),
    },
  )
}

/** The server looked at the edit or the release and did not do it. */
export function notDone(where: string, outcome: WriteOutcome, left: readonly string[]): CutoverError {
  const reason = 'reason' in outcome ? outcome.reason : 'the portal said it was done, and it is not'
  const message = `${where} could not be edited and released (${reason}); ${fateOf(left)}`
  if (outcome.kind === 'never-sent' || (outcome.kind === 'unknown' && !reason.startsWith('HTTP'))) {
    const hint = 'Check that the portal is up, then try again.'
    return new CutoverError('system.unreachable', message, { where, hint })
  }
  if (reason === 'HTTP 401' || reason === 'HTTP 403') {
    const hint = 'Let the third-party application edit and release this namespace, in the portal.'
    return new CutoverError('system.forbidden', message, { where, hint })
  }
  const hint = "Look at the portal's log: a text that is too long and an unknown operator are refused, too."
  return new CutoverError('system.refused', message, { where, hint })
}

function fateOf(left: readonly string[]): string {
  if (left.length === 0) return 'the document is as it was'
  return `the document is as it was, and an edit of ${left.join(', ')} is left in the portal, not released`
}

/** What the items hold, released or not. */
export function configurationOfItems(items: Items): Configuration {
  return new Map([...items].map(([key, { value }]) => [key, value]))
}
