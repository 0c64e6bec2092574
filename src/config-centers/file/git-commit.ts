import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CutoverError } from '../../core/errors.ts'
import { ifThere } from './file-failure.ts'
import { readGit, runGit } from './run-git.ts'
import type { Checkout } from './run-git.ts'

/*
 * Hooks and signing are the team's rules and hold for the kit as for everybody: a commit that they refuse is not made.
 * `--only` commits this one document; what others have staged or changed stays as it is. Nothing is ever pushed.
 */

const author = { GIT_AUTHOR_NAME: 'cutover-kit', GIT_AUTHOR_EMAIL: 'cutover-kit@localhost' }
const committer = { GIT_COMMITTER_NAME: 'cutover-kit', GIT_COMMITTER_EMAIL: 'cutover-kit@localhost' }

/** Others at work in the checkout hold its index for a moment. */
const tries = 5
const pauseMs = 300

/** How git sees a document: '' as in the last commit or unknown to it, else its two letters, such as `??` or ` M`. */
export async function stateOf(checkout: Checkout, path: string): Promise<string> {
  const args = [
    'status',
    '--porcelain',
    '-z',
    '--no-renames',
    '--untracked-files=all',
    '--ignored',
    '--',
    path,
  ]
  const { status, output } = await readGit(checkout, args)
  if (status !== 0) throw notUsable(checkout)
  return output.slice(0, 2)
}

/** @throws CutoverError `system.refused` when a commit now would be lost, or end somebody's unfinished work. */
export async function requireQuiet(checkout: Checkout): Promise<void> {
  const onBranch = await readGit(checkout, ['symbolic-ref', '-q', 'HEAD'])
  if (onBranch.status !== 0) throw busy(checkout, 'is not on a branch, so a commit would be lost')
  const signs = ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'rebase-merge', 'rebase-apply']
  const { status, output } = await readGit(checkout, [
    'rev-parse',
    ...signs.flatMap((sign) => ['--git-path', sign]),
  ])
  if (status !== 0) throw notUsable(checkout)
  for (const path of output.split('\n').filter(Boolean))
    if (await ifThere(stat(resolve(checkout.directory, path))))
      throw busy(checkout, 'is in the middle of a merge or rebase')
}

/** @returns true for a document that is not there and that git would not take. */
export async function isIgnored(checkout: Checkout, path: string): Promise<boolean> {
  return (await readGit(checkout, ['check-ignore', '-q', '--', path])).status === 0
}

/**
 * Commits this document as it is now.
 * @param isNew git does not know it yet.
 * @throws CutoverError `system.refused` when git, a hook or the signing program did not let it.
 */
export async function commitDocument(
  checkout: Checkout,
  path: string,
  message: string,
  isNew: boolean,
): Promise<void> {
  const env = { ...author, ...((await hasIdentity(checkout)) ? {} : committer) }
  if (isNew && (await retried(checkout, ['add', '--', path])) !== 0) throw notCommitted(checkout)
  const status = await retried(checkout, ['commit', '-q', '-m', message, '--only', '--', path], env)
  if (status === 0) return
  // Ended at the deadline, or after the deed: the checkout knows.
  if ((await stateOf(checkout, path)) !== '') throw notCommitted(checkout)
}

/** Takes a new document out of the index again. */
export async function unstage(checkout: Checkout, path: string): Promise<void> {
  const status = await retried(checkout, ['rm', '-q', '--cached', '--ignore-unmatch', '--', path])
  if (status !== 0) throw notCommitted(checkout)
}

async function retried(
  checkout: Checkout,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<number> {
  const never = new AbortController().signal
  for (let attempt = 1; ; attempt += 1) {
    const status = await endOf(checkout, args, env)
    // 128: git itself gave up before it did anything, most often because the index is locked.
    if (status !== 128 || attempt === tries) return status
    await checkout.clock.sleep(pauseMs, never)
  }
}

/** -1: it was ended at its deadline. */
async function endOf(
  checkout: Checkout,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<number> {
  try {
    return await runGit(checkout, args, env)
  } catch (error) {
    if (error instanceof CutoverError && error.code === 'deadline') return -1
    throw error
  }
}

/** The committer is who the checkout says it is, because that is whose key signs. */
async function hasIdentity(checkout: Checkout): Promise<boolean> {
  return (await readGit(checkout, ['config', 'user.email'])).status === 0
}

/** @throws CutoverError when the folder is in no checkout that this user may use. */
export async function requireCheckout(checkout: Checkout): Promise<void> {
  const { status, output } = await readGit(checkout, ['rev-parse', '--is-inside-work-tree'])
  if (status !== 0 || output.trim() !== 'true') throw notUsable(checkout)
}

function notUsable(checkout: Checkout): CutoverError {
  return new CutoverError(
    'system.refused',
    `${checkout.name} is not in a git checkout that this user may use`,
    {
      where: checkout.directory,
      hint: 'Run git status in that folder as the same user, and do what it says.',
    },
  )
}

function busy(checkout: Checkout, why: string): CutoverError {
  return new CutoverError(
    'system.refused',
    `the git checkout of ${checkout.name} ${why}; nothing was written`,
    {
      where: checkout.directory,
      hint: 'Run git status in that folder, finish or end what is going on, then try again.',
    },
  )
}

function notCommitted(checkout: Checkout): CutoverError {
  return new CutoverError(
    'system.refused',
    `git, a hook or its signing did not take the change in ${checkout.name}`,
    {
      where: checkout.directory,
      hint: 'Commit any change of that document by hand as the same user to see why; a file index.lock that a git which crashed left is one reason.',
    },
  )
}
