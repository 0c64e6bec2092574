import { relative } from 'node:path'
import { CutoverError } from '../../core/errors.ts'
import type { DocumentRef, DocumentVersion, StoredDocument } from '../../core/ports/config-center.ts'
import type { ReadNow } from './keeper.ts'
import { stateOf } from './git-commit.ts'
import { etagOf, metaOf } from './read-document-file.ts'
import { readGit } from './run-git.ts'
import type { Checkout } from './run-git.ts'

const longest = 100
/** The id of a change that nobody has committed. */
const uncommitted = 'now'
const mark = '\u0001'

const operations: Readonly<Record<string, DocumentVersion['operation']>> = {
  A: 'insert',
  M: 'update',
  T: 'update',
  D: 'delete',
}

/** The commits that changed a document on the branch as it was checked out, newest first. */
export async function logOf(checkout: Checkout, now: ReadNow): Promise<readonly DocumentVersion[]> {
  const path = pathOf(now)
  const state = await stateOf(checkout, path)
  const open = state === '' ? [] : [uncommittedChange(now, state)]
  if ((await readGit(checkout, ['rev-parse', '-q', '--verify', 'HEAD'])).status !== 0) return open
  const { status, output } = await readGit(checkout, [
    'log',
    '--first-parent',
    '-m',
    '--no-renames',
    '--name-status',
    '-n',
    String(longest),
    `--format=${mark}%H%n%cI%n%an`,
    '--',
    path,
  ])
  if (status !== 0) throw unreadable(checkout)
  return [...open, ...output.split(mark).slice(1).map(versionIn)]
}

/** The document as a commit left it; for one that removed it, as it was before. Null: there is no such commit. */
export async function committedVersion(
  checkout: Checkout,
  ref: DocumentRef,
  id: string,
  now: ReadNow,
): Promise<StoredDocument | null> {
  if (id === uncommitted) return (await stateOf(checkout, pathOf(now))) === '' ? null : documentIn(now)
  if (!/^[0-9a-f]{40,64}$/.test(id)) return null
  for (const commit of [id, `${id}^`]) {
    const blob = `${commit}:./${pathOf(now)}`
    if ((await readGit(checkout, ['cat-file', '-e', blob])).status !== 0) continue
    // Filters and line ends as in the checkout: what services read.
    const { status, output } = await readGit(checkout, ['cat-file', '--filters', blob])
    if (status !== 0) throw unreadable(checkout)
    return { content: output, etag: etagOf(output), meta: metaOf(ref.dataId) }
  }
  return null
}

function versionIn(text: string): DocumentVersion {
  const [id, at, by, , change] = text.split('\n')
  const operation = operations[change?.slice(0, 1) ?? ''] ?? 'unknown'
  return {
    id: id ?? '',
    at: at ? new Date(at).toISOString() : '',
    by: by ?? '',
    operation,
    keeps: operation === 'delete' ? 'before' : 'after',
  }
}

function uncommittedChange({ document }: ReadNow, state: string): DocumentVersion {
  const isNew = state === '??' || state.startsWith('A')
  return {
    id: uncommitted,
    at: document ? new Date(Number(document.stats.mtimeMs)).toISOString() : '',
    by: 'somebody who has not committed it',
    operation: document === null ? 'delete' : isNew ? 'insert' : 'update',
    keeps: document ? 'after' : 'before',
  }
}

function documentIn({ document }: ReadNow): StoredDocument | null {
  return document && { content: document.content, etag: document.etag, meta: document.meta }
}

function pathOf({ place }: ReadNow): string {
  return relative(place.root, place.path)
}

function unreadable(checkout: Checkout): CutoverError {
  return new CutoverError('system.refused', `git cannot tell the history of a document in ${checkout.name}`, {
    where: checkout.directory,
    hint: 'Run git log in that folder as the same user to see why.',
  })
}
