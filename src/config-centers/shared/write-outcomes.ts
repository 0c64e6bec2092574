import { CutoverError, isCutoverError } from '../../core/errors.ts'
import type { DocumentRef, Expectation, StoredDocument } from '../../core/ports/config-center.ts'
import type { Clock } from '../../core/ports/clock.ts'

/** A document with what the server says about its last change. */
export interface ChangedDocument extends StoredDocument {
  /** ISO 8601, '' when unknown. */
  readonly modifiedAt: string
  /** '' when unknown. */
  readonly modifiedBy: string
}

/** What is known after a write was tried. */
export type WriteOutcome =
  /** The body says that it was done. */
  | { readonly kind: 'done' }
  /** The server refused because another version is there. */
  | { readonly kind: 'stale' }
  /** The server checked the request and did nothing. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'never-sent'; readonly reason: string }
  /** Reading must decide. */
  | { readonly kind: 'unknown'; readonly reason: string }

/** The center a write went to, as far as settling it needs it. */
export interface WrittenCenter {
  readonly name: string
  readonly clock: Clock
}

export interface Settled<Row> {
  /** `unchanged`: what was there before is still there. `foreign`: neither that nor ours. */
  readonly state: 'ours' | 'unchanged' | 'foreign'
  readonly row: Row | null
}

/** A write whose answer was lost may still be on its way: look again for this long before calling it not done. */
const looks = 5
const firstPauseMs = 100

/**
 * Reads until the stored document tells what became of a write.
 * @throws CutoverError `system.ambiguous` when a write that may have happened cannot be looked at.
 */
export async function settleByReading<Row extends ChangedDocument>(
  center: WrittenCenter,
  read: (ref: DocumentRef, signal: AbortSignal) => Promise<Row | null>,
  ref: DocumentRef,
  change: { readonly before: Row | null; readonly isOurs: (row: Row | null) => boolean },
  outcome: WriteOutcome,
  signal: AbortSignal,
): Promise<Settled<Row>> {
  const { before, isOurs } = change
  if (outcome.kind === 'refused' || outcome.kind === 'never-sent') return { state: 'unchanged', row: before }
  for (let look = 1; ; look += 1) {
    const row = await readAgain(center, read, ref, outcome, signal)
    if (isOurs(row)) return { state: 'ours', row }
    if (row?.etag !== before?.etag) return { state: 'foreign', row }
    if (look === looks) return { state: 'unchanged', row }
    await center.clock.sleep(firstPauseMs * 2 ** (look - 1), signal)
  }
}

async function readAgain<Row extends ChangedDocument>(
  center: WrittenCenter,
  read: (ref: DocumentRef, signal: AbortSignal) => Promise<Row | null>,
  ref: DocumentRef,
  outcome: WriteOutcome,
  signal: AbortSignal,
): Promise<Row | null> {
  try {
    return await read(ref, signal)
  } catch (error) {
    signal.throwIfAborted()
    const how = 'reason' in outcome ? outcome.reason : 'the server said it was done'
    throw new CutoverError(
      'system.ambiguous',
      `nobody knows whether ${ref.dataId} in ${center.name} was written (${how}), and it cannot be read`,
      {
        where: `${ref.dataId} in ${center.name}`,
        hint: 'Bring the config center back, look at the document, then resume or undo the run.',
        ...(isCutoverError(error) && { cause: error }),
      },
    )
  }
}

export function requireExpected(
  center: WrittenCenter,
  ref: DocumentRef,
  row: ChangedDocument | null,
  expect: Expectation,
): void {
  if (expect === 'any') return
  const holds = expect === 'absent' ? row === null : row?.etag === expect.etag
  if (!holds) throw conflict(center, ref, row)
}

/** Somebody else was faster; what is known of the change is told, its content is not. */
export function conflict(center: WrittenCenter, ref: DocumentRef, row: ChangedDocument | null): CutoverError {
  const when = row?.modifiedAt ? ` at ${row.modifiedAt}` : ''
  const who = row?.modifiedBy ? ` by ${row.modifiedBy}` : ''
  const what = row === null ? 'was removed' : `was last modified${when}${who}`
  return new CutoverError(
    'conflict',
    `${ref.dataId} in ${center.name} is not the version that was expected: it ${what}; nothing was overwritten`,
    {
      where: `${ref.dataId} in ${center.name}`,
      hint: 'Look at that change in the config center, agree with its author, then plan again.',
    },
  )
}

/**
 * A write that may have been stored, under a version that somebody else made since: it cannot be called a conflict,
 * because clients may have been given it in between.
 */
export function overtaken(
  center: WrittenCenter,
  ref: DocumentRef,
  outcome: WriteOutcome,
  row: ChangedDocument | null,
): CutoverError {
  const how = 'reason' in outcome ? outcome.reason : 'the server said it was done'
  const now = row === null ? 'it is removed now' : 'now another version is there'
  return new CutoverError(
    'system.ambiguous',
    `${ref.dataId} in ${center.name} may have been written and overwritten at once (${how}): ${now}`,
    {
      where: `${ref.dataId} in ${center.name}`,
      hint: "Look at the document's history in the config center and agree with the other author, then resume or undo.",
    },
  )
}

/** The write did not happen, so it may be tried again. */
export function unsettled(
  center: WrittenCenter,
  ref: DocumentRef,
  outcome: WriteOutcome,
  verb: 'publish' | 'remove',
): CutoverError {
  const where = `${ref.dataId} in ${center.name}`
  const reason = 'reason' in outcome ? outcome.reason : 'the server said it was done'
  if (outcome.kind === 'refused' || outcome.kind === 'done' || reason.startsWith('HTTP')) {
    return new CutoverError('system.refused', `${where}: the server did not ${verb} it (${reason})`, {
      where,
      hint: "The document is as it was. Look at the config center's log for the reason.",
    })
  }
  return new CutoverError('system.unreachable', `${where}: could not ${verb} it (${reason})`, {
    where,
    hint: 'The document is as it was. Check that the config center is up, then try again.',
  })
}
