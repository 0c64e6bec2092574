import { CutoverError } from '../../core/errors.ts'
import type { DocumentRef, DocumentVersion, StoredDocument } from '../../core/ports/config-center.ts'
import type { EtcdConnection } from './etcd-connection.ts'
import { documentOf, readDocument, readPast } from './read-document.ts'
import type { EtcdRow, Reading } from './read-document.ts'
import { watchLineOf, watchRequest } from './watch-request.ts'
import type { WatchedChange } from './watch-request.ts'

/*
 * etcd keeps every version of a key until its past is compacted, but no list of them. From a document that is there
 * one gets to the version before, and so on to its creation. Across a removal that way does not lead: only a watch
 * from the past tells of it, and for that the server loads whatever was written since, to any key. So only the last
 * changes of the store are looked through for removals.
 */
const searched = 10_000n
const longest = 100
/** A watch that has nothing to tell of the past is silent; what it has to tell comes long before this is over. */
const replayMs = 2000
/** So many revisions at most are told at once; then more may follow. */
const batch = 1000

/** The changes etcd still knows, newest first. It does not say who made them or when. */
export async function documentHistory(
  connection: EtcdConnection,
  ref: DocumentRef,
  signal: AbortSignal,
): Promise<readonly DocumentVersion[]> {
  const now = await readDocument(connection, ref, signal)
  const changes = await lastChanges(connection, ref, now, signal)
  if (changes.length === 0 && now.row) changes.push(changeOf(now.row))
  await walkBack(connection, ref, changes, signal)
  return changes.slice(0, longest).map(versionOf)
}

/** What that change wrote, or removed; null when etcd does not know it, or not any more. */
export async function documentVersion(
  connection: EtcdConnection,
  ref: DocumentRef,
  id: string,
  signal: AbortSignal,
): Promise<StoredDocument | null> {
  if (!/^[1-9]\d{0,17}$/.test(id)) return null
  const revision = BigInt(id)
  const { revision: newest } = await readDocument(connection, ref, signal)
  if (revision > newest) return null
  const after = await readPast(connection, ref, revision, signal)
  if (after === undefined) return survivor(connection, ref, revision, signal)
  if (after) return after.modRevision === revision ? documentOf(after) : null
  const before = await readPast(connection, ref, revision - 1n, signal)
  return before ? documentOf(before) : null
}

/** Whether a version that is older than all that is kept is the one that outlived the rest, still being the newest then. */
async function survivor(
  connection: EtcdConnection,
  ref: DocumentRef,
  revision: bigint,
  signal: AbortSignal,
): Promise<StoredDocument | null> {
  const { oldest } = await replay(connection, ref, revision, revision, signal)
  const row = oldest === undefined ? null : await readPast(connection, ref, oldest, signal)
  return row?.modRevision === revision ? documentOf(row) : null
}

/** Newest first; empty when the document has not changed lately. */
async function lastChanges(
  connection: EtcdConnection,
  ref: DocumentRef,
  now: Reading,
  signal: AbortSignal,
): Promise<WatchedChange[]> {
  let from = now.revision > searched ? now.revision - searched : 1n
  for (;;) {
    const lastWrite = now.row?.modRevision
    if (lastWrite !== undefined && lastWrite < from) return []
    const { changes, oldest } = await replay(connection, ref, from, now.revision, signal)
    if (oldest !== undefined && oldest > from) {
      from = oldest
      continue
    }
    const newest = changes.at(-1)?.revision ?? 0n
    if (lastWrite === undefined || newest >= lastWrite) return changes.toReversed()
    const where = `${ref.dataId} in ${connection.name}`
    throw new CutoverError('system.unreachable', `the history of ${where} did not come in time`, {
      where,
      hint: 'Check that the config center is up and not overloaded, then try again.',
    })
  }
}

interface Replay {
  /** Oldest first. */
  readonly changes: WatchedChange[]
  /** Set instead when the past that was asked for is gone: the oldest revision that is left. */
  readonly oldest: bigint | undefined
}

async function replay(
  connection: EtcdConnection,
  ref: DocumentRef,
  from: bigint,
  until: bigint,
  signal: AbortSignal,
): Promise<Replay> {
  const changes: WatchedChange[] = []
  let oldest: bigint | undefined
  let inBatch = 0
  const isEnough = (text: string): boolean => {
    const line = watchLineOf(text)
    changes.push(...line.changes)
    oldest = line.oldest
    inBatch += line.changes.length
    if (line.isPiece) return line.ended
    const isLast = inBatch > 0 && inBatch < batch && (line.revision ?? 0n) >= until
    inBatch = 0
    return isLast || line.ended
  }
  const lines = { isEnough, lifetimeMs: replayMs }
  await connection.read(watchRequest(connection, ref, from, lines), signal)
  return { changes, oldest }
}

/** Adds the versions before the oldest change that is known, up to the creation or to where the past is gone. */
async function walkBack(
  connection: EtcdConnection,
  ref: DocumentRef,
  changes: WatchedChange[],
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const oldest = changes.at(-1)
    if (oldest === undefined || oldest.operation === 'insert' || changes.length >= longest) return
    const row = await readPast(connection, ref, oldest.revision - 1n, signal)
    if (!row) return
    changes.push(changeOf(row))
  }
}

function changeOf({ createRevision, modRevision }: EtcdRow): WatchedChange {
  return { revision: modRevision, operation: createRevision === modRevision ? 'insert' : 'update' }
}

function versionOf({ revision, operation }: WatchedChange): DocumentVersion {
  return {
    id: String(revision),
    at: '',
    by: '',
    operation,
    keeps: operation === 'delete' ? 'before' : 'after',
  }
}
