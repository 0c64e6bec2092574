import { CutoverError, isCutoverError } from '../../core/errors.ts'
import type { DocumentRef, Expectation } from '../../core/ports/config-center.ts'
import type { NacosApi, StoredRow, WriteOutcome } from './nacos-api.ts'
import type { NacosConnection } from './nacos-connection.ts'

export interface Settled {
  /** `unchanged`: what was there before is still there. `foreign`: neither that nor ours. */
  readonly state: 'ours' | 'unchanged' | 'foreign'
  readonly row: StoredRow | null
}

/** A write whose answer was lost may still be on its way: look again for this long before calling it not done. */
const looks = 5
const firstPauseMs = 100

/**
 * Reads until the stored document tells what became of a write.
 * @throws CutoverError `system.ambiguous` when a write that may have happened cannot be looked at.
 */
export async function settleByReading(
  connection: NacosConnection,
  api: NacosApi,
  ref: DocumentRef,
  change: { readonly before: StoredRow | null; readonly isOurs: (row: StoredRow | null) => boolean },
  outcome: WriteOutcome,
  signal: AbortSignal,
): Promise<Settled> {
  const { before, isOurs } = change
  if (outcome.kind === 'refused' || outcome.kind === 'never-sent') return { state: 'unchanged', row: before }
  for (let look = 1; ; look += 1) {
    const row = await readAgain(connection, api, ref, outcome, signal)
    if (isOurs(row)) return { state: 'ours', row }
    if (row?.etag !== before?.etag) return { state: 'foreign', row }
    if (look === looks) return { state: 'unchanged', row }
    await connection.clock.sleep(firstPauseMs * 2 ** (look - 1), signal)
  }
}

async function readAgain(
  connection: NacosConnection,
  api: NacosApi,
  ref: DocumentRef,
  outcome: WriteOutcome,
  signal: AbortSignal,
): Promise<StoredRow | null> {
  try {
    return await api.read(ref, signal)
  } catch (error) {
    signal.throwIfAborted()
    const how = 'reason' in outcome ? outcome.reason : 'the server said it was done'
    throw new CutoverError(
      'system.ambiguous',
      `nobody knows whether ${ref.dataId} in ${connection.name} was written (${how}), and it cannot be read`,
      {
        where: `${ref.dataId} in ${connection.name}`,
        hint: 'Bring the config center back, look at the document, then resume or undo the run.',
        ...(isCutoverError(error) && { cause: error }),
      },
    )
  }
}

export function requireExpected(
  connection: NacosConnection,
  ref: DocumentRef,
  row: StoredRow | null,
  expect: Expectation,
): void {
  if (expect === 'any') return
  const holds = expect === 'absent' ? row === null : row?.etag === expect.etag
  if (!holds) throw conflict(connection, ref, row)
}

/** Somebody else was faster; what is known of the change is told, its content is not. */
export function conflict(connection: NacosConnection, ref: DocumentRef, row: StoredRow | null): CutoverError {
  const when = row?.modifiedAt ? ` at ${row.modifiedAt}` : ''
  const who = row?.modifiedBy ? ` by ${row.modifiedBy}` : ''
  const what = row === null ? 'was removed' : `was last modified${when}${who}`
  return new CutoverError(
    'conflict',
    `${ref.dataId} in ${connection.name} is not the version that was expected: it ${what}; nothing was overwritten`,
    {
      where: `${ref.dataId} in ${connection.name}`,
      hint: 'Look at that change in the config center, agree with its author, then plan again.',
    },
  )
}

/** 3.x keeps two rows for a document of the public namespace; when they differ, no compare-and-set succeeds. */
export function wedged(connection: NacosConnection, ref: DocumentRef): CutoverError {
  return new CutoverError(
    'system.refused',
    `${ref.dataId} in ${connection.name} is wedged: the server refuses the version it has just shown, nothing was written`,
    {
      where: `${ref.dataId} in ${connection.name}`,
      hint: "Publish the document once, unchanged, in the config center's console, then try again.",
    },
  )
}

/** The write did not happen, so it may be tried again. */
export function unsettled(
  connection: NacosConnection,
  ref: DocumentRef,
  outcome: WriteOutcome,
  verb: 'publish' | 'remove',
): CutoverError {
  const where = `${ref.dataId} in ${connection.name}`
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
