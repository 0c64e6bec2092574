import { join, relative } from 'node:path'
import { CutoverError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import { findRoot } from './document-place.ts'
import { tellingFailures } from './file-failure.ts'
import { commitDocument, isIgnored, requireCheckout, requireQuiet, stateOf, unstage } from './git-commit.ts'
import { committedVersion, logOf } from './git-log.ts'
import type { Keeper, PreparedRecord, RecordedChange } from './keeper.ts'
import { forgetPending, notePending, readPending } from './pending-change.ts'
import type { PendingChange } from './pending-change.ts'
import { privateName } from './private-folder.ts'
import { etagOf, readDocumentFile } from './read-document-file.ts'
import { readGit } from './run-git.ts'
import type { Checkout } from './run-git.ts'

/**
 * Keeps earlier versions as commits, one for each change.
 *
 * The file changes first and the commit follows: hooks then see the checkout as they know it. When it is refused, the
 * old file is put back; services may have read the new one for that moment. A note of the coming change lies beside the
 * documents in between, so that whoever comes after a process that died commits what it had written.
 */
export function openGitKeeper(name: string, directory: string, clock: Clock): Keeper {
  const open = async (): Promise<Checkout> => ({ name, directory: await findRoot(name, directory), clock })
  return {
    async product() {
      const { output } = await readGit(await open(), ['version'])
      return `git ${/\d+\.[\d.]*\d/.exec(output)?.[0] ?? 'of an unknown version'}`
    },
    requireUsable: async () => requireCheckout(await open()),
    recover: async () => recover(await open()),
    prepare: async (change) => prepare(await open(), change),
    history: async (_ref, now) => logOf(await open(), now),
    version: async (ref, id, now) => committedVersion(await open(), ref, id, now),
  }
}

async function prepare(checkout: Checkout, change: RecordedChange): Promise<PreparedRecord> {
  const { ref, place, before, content, title } = change
  const path = relative(place.root, place.path)
  await requireQuiet(checkout)
  const state = await stateOf(checkout, path)
  if (state === '!!' || (before === null && (await isIgnored(checkout, path)))) throw ignored(title)
  if (state !== '') throw uncommitted(title)
  const verb = content === null ? 'remove' : before === null ? 'add' : 'change'
  const pending: PendingChange = {
    path,
    message: `cutover-kit: ${verb} ${ref.group}/${ref.dataId}`,
    before: before?.etag ?? null,
    after: content === null ? null : etagOf(content),
  }
  const file = pendingFile(checkout)
  const isNew = before === null
  await tellingFailures(`${title} cannot be written`, title, () => notePending(file, pending))
  return {
    async enter() {
      await commitDocument(checkout, path, pending.message, isNew)
      // The next writer finds it committed.
      await forgetPending(file).catch(() => undefined)
    },
    async drop() {
      if (isNew) await unstage(checkout, path)
      await forgetPending(file)
    },
  }
}

async function recover(checkout: Checkout): Promise<void> {
  const file = pendingFile(checkout)
  await tellingFailures(`${checkout.name} cannot be written`, checkout.directory, async () => {
    const pending = await readPending(file)
    if (pending === null) return
    const { path, message, before, after } = pending
    const place = { root: checkout.directory, folder: '', path: join(checkout.directory, path), dataId: path }
    const now = (await readDocumentFile(place, `${path} in ${checkout.name}`))?.etag ?? null
    const isOpen = (await stateOf(checkout, path)) !== ''
    if (isOpen && now === after) await commitDocument(checkout, path, message, before === null)
    else if (isOpen && now === null && before === null) await unstage(checkout, path)
    await forgetPending(file)
  })
}

function pendingFile({ directory }: Checkout): string {
  return join(directory, privateName, '.pending.json')
}

function uncommitted(title: string): CutoverError {
  return new CutoverError(
    'conflict',
    `${title} has changes that nobody has committed; nothing was overwritten`,
    {
      where: title,
      hint: 'Find out whose they are with git status and git diff, commit or drop them, then plan again.',
    },
  )
}

function ignored(title: string): CutoverError {
  return new CutoverError(
    'system.refused',
    `${title} is ignored by git, so no change of it can be committed`,
    {
      where: title,
      hint: 'Take it out of .gitignore, or set git: false.',
    },
  )
}
