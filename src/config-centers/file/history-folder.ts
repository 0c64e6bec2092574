import { rm } from 'node:fs/promises'
import { hostname, release, type, userInfo } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../core/ports/clock.ts'
import type { DocumentRef, DocumentVersion, StoredDocument } from '../../core/ports/config-center.ts'
import { tellingFailures } from './file-failure.ts'
import {
  draftEntry,
  enterDraft,
  pruneEntries,
  readEntries,
  readEntry,
  sweepDrafts,
} from './history-entries.ts'
import type { HistoryEntry, NumberedEntry } from './history-entries.ts'
import type { Keeper, PreparedRecord, ReadNow, RecordedChange } from './keeper.ts'
import { makePrivate, privateName } from './private-folder.ts'
import { etagOf, metaOf } from './read-document-file.ts'

const outside = 'somebody else'
/** The id of a change that nobody has recorded yet. */
const unrecorded = 'now'

/**
 * Keeps earlier versions as files in a private folder beside the documents. It sees changes of others only when it is
 * asked: then they appear as one change by somebody else, however many they were.
 */
export function openHistoryFolder(clock: Clock): Keeper {
  return {
    product: () => Promise.resolve(`${type()} ${release()}`),
    requireUsable: () => Promise.resolve(),
    recover: () => Promise.resolve(),
    prepare: (change) =>
      tellingFailures(`the history of ${change.title} cannot be written`, change.title, () =>
        prepare(change, clock),
      ),
    history: async (ref, now) =>
      (await allEntries(ref, now, clock)).map(({ id, entry: { at, by, operation } }): DocumentVersion => {
        return { id, at, by, operation, keeps: operation === 'delete' ? 'before' : 'after' }
      }),
    version: (ref, id, now) =>
      tellingFailures(`the history of ${now.title} cannot be read`, now.title, async () => {
        if (id !== unrecorded) return storedOf(ref, await readEntry(folderOf(now.place.root, ref), id))
        const [newest] = await allEntries(ref, now, clock)
        return storedOf(ref, newest?.id === unrecorded ? newest.entry : undefined)
      }),
  }
}

/** With what others did since, as far as can be seen. */
function allEntries(ref: DocumentRef, now: ReadNow, clock: Clock): Promise<readonly NumberedEntry[]> {
  return tellingFailures(`the history of ${now.title} cannot be read`, now.title, async () => {
    const entries = await readEntries(folderOf(now.place.root, ref))
    const unseen = unseenChange(entries[0]?.entry, now.document, clock)
    return unseen ? [{ id: unrecorded, entry: unseen }, ...entries] : entries
  })
}

/** Everything that needs room on the disk is done before the document changes; to enter it is then only a name. */
async function prepare(change: RecordedChange, clock: Clock): Promise<PreparedRecord> {
  const { ref, place, before, content } = change
  const folder = folderOf(place.root, ref)
  await makePrivate(join(place.root, privateName, ref.group), place.root)
  await makePrivate(folder, place.root)
  await sweepDrafts(folder)
  const unseen = unseenChange((await readEntries(folder))[0]?.entry, before, clock)
  // Also the version that is about to be replaced: undo finds it here.
  if (unseen) await enterDraft(folder, await draftEntry(folder, unseen))
  const own = await draftEntry(folder, {
    at: clock.now().toISOString(),
    by: author(),
    operation: content === null ? 'delete' : before === null ? 'insert' : 'update',
    content: content ?? before?.content ?? '',
  })
  return {
    async enter() {
      // The document has changed, so the change stands; unrecorded, it shows as somebody else's.
      await enterDraft(folder, own).catch(() => undefined)
      await pruneEntries(folder).catch(() => undefined) // next time
    },
    drop: () => rm(own, { force: true }),
  }
}

function unseenChange(
  last: HistoryEntry | undefined,
  now: ReadNow['document'],
  clock: Clock,
): HistoryEntry | undefined {
  const known = last === undefined || last.operation === 'delete' ? undefined : last
  if (now === null) {
    return (
      known && { at: clock.now().toISOString(), by: outside, operation: 'delete', content: known.content }
    )
  }
  if (now.content === known?.content) return undefined
  const at = new Date(Number(now.stats.mtimeMs)).toISOString()
  return { at, by: outside, operation: known === undefined ? 'insert' : 'update', content: now.content }
}

function folderOf(root: string, ref: DocumentRef): string {
  return join(root, privateName, ref.group, ref.dataId)
}

function storedOf(ref: DocumentRef, entry: HistoryEntry | undefined): StoredDocument | null {
  return entry ? { content: entry.content, etag: etagOf(entry.content), meta: metaOf(ref.dataId) } : null
}

function author(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    return hostname() // a container's user may have no name
  }
}
