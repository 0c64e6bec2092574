import type { DocumentVersion, StoredDocument } from '../../core/ports/config-center.ts'
import type { ApolloPortal } from './apollo-portal.ts'
import type { ApolloNamespace } from './namespace-of.ts'
import { rowOf } from './namespace-row.ts'

const releasesRead = 101

/** Releases, newest first; those that were rolled back are not among them. */
export async function releaseHistory(
  portal: ApolloPortal,
  namespace: ApolloNamespace,
  signal: AbortSignal,
): Promise<readonly DocumentVersion[]> {
  const changes = await readChanges(portal, namespace, signal)
  return changes.map(({ version }) => version)
}

/** null: there is no such release of this namespace, or nothing is known of what it removed. */
export async function releasedVersion(
  portal: ApolloPortal,
  namespace: ApolloNamespace,
  id: string,
  signal: AbortSignal,
): Promise<StoredDocument | null> {
  const changes = await readChanges(portal, namespace, signal)
  return changes.find(({ version }) => version.id === id)?.kept ?? null
}

interface Change {
  readonly version: DocumentVersion
  readonly kept: StoredDocument | null
}

/** A release holds the text after a change; for one that removed the text, the release before it is looked at. */
async function readChanges(
  portal: ApolloPortal,
  namespace: ApolloNamespace,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const releases = await portal.releases(namespace, { page: 0, size: releasesRead }, signal)
  const isAll = releases.length < releasesRead
  const changes = releases.map((release, index): Change => {
    const { id, at, by } = release
    const now = rowOf(namespace, release)
    const before = rowOf(namespace, releases[index + 1] ?? null)
    const operation = now === null ? 'delete' : before === null ? 'insert' : 'update'
    const keeps = now === null ? 'before' : 'after'
    return { version: { id: String(id), at, by, operation, keeps }, kept: documentOf(now ?? before) }
  })
  // What the oldest one that was read followed is not known unless it was the first of all.
  return isAll ? changes : changes.slice(0, -1)
}

function documentOf(row: StoredDocument | null): StoredDocument | null {
  return row && { content: row.content, etag: row.etag, meta: row.meta }
}
