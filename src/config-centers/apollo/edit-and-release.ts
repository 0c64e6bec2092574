import type { DocumentRef } from '../../core/ports/config-center.ts'
import { conflict, settleByReading } from '../shared/write-outcomes.ts'
import type { ApolloPortal, ReleaseOutcome } from './apollo-portal.ts'
import { differingKeys, isSameConfiguration } from './configuration.ts'
import type { Configuration } from './configuration.ts'
import { changesTo, editItems, takeBack } from './edit-items.ts'
import type { ItemChange } from './edit-items.ts'
import {
  configurationOfItems,
  editedMeanwhile,
  grayBranch,
  heldByUser,
  leftUnreleased,
  notDone,
  overwroteRelease,
  releasedWithOthers,
  releaseUnknown,
  unreleasedEdits,
} from './edit-refusals.ts'
import type { ApolloNamespace } from './namespace-of.ts'
import type { Item, Items, Release } from './portal-answers.ts'

/** A namespace, what is released and edited in it now, and what is to be released. */
export interface Edition {
  readonly ref: DocumentRef
  readonly namespace: ApolloNamespace
  readonly released: Release | null
  readonly items: Items
  readonly target: Configuration
}

const nothing: Configuration = new Map()

/**
 * Makes the items what `target` says and releases them.
 *
 * Apollo has no condition for either, so the order does the work: look (release, items, lock, gray branch), edit, look
 * again, release, look at what was released. Whoever edits before looking again sees the release of whoever was
 * quicker, so of several that go about it this way at most one releases its own text, as long as releases and edits
 * are seen in the order in which they are acknowledged. A release that is just being made may be seen late: then two
 * succeed, and only the list of releases (3.0 and later) shows it afterwards.
 *
 * A process that dies between edit and release leaves an edit that nobody is given, in the operator's name. The next
 * put counts it as the kit's own: of the same text, it finds the edit made and releases it; of another one, it replaces
 * it; of what is released (`target` equals that), it takes the edit back. Edits of any other user are never touched.
 * @returns the release that holds `target`; null when nothing was ever released and nothing is wanted.
 */
export async function editAndRelease(
  portal: ApolloPortal,
  edition: Edition,
  signal: AbortSignal,
): Promise<Release | null> {
  const { ref, namespace, released, items, target } = edition
  const where = whereOf(portal, ref)
  const base = released?.configuration ?? nothing
  await refuseWork(portal, edition, base, signal)
  const edited = await editItems(portal, namespace, ref, changesTo(items, target), signal)
  const undo = (to: Configuration): Promise<readonly string[]> =>
    takeBack(portal, namespace, edited.made, to, signal)
  if (edited.failure) {
    const { outcome, foreign, key } = edited.failure
    const left = await undo(base)
    throw foreign ? editedMeanwhile(where, [key], left) : notDone(where, outcome, left)
  }
  const { latest, found } = await lookAgain(portal, edition, edited.made, signal)
  if (latest?.id !== released?.id) {
    // Somebody released meanwhile: it may be our edit that went out with it.
    if (latest && isSameConfiguration(latest.configuration, target)) return latest
    throw editedMeanwhile(where, [], await undo(latest?.configuration ?? nothing))
  }
  const others = differingKeys(found, target)
  if (others.length > 0) throw editedMeanwhile(where, others, await undo(base))
  if (isSameConfiguration(base, target)) return released
  return release(portal, edition, edited.made, signal)
}

/** @throws CutoverError `system.ambiguous` when the edit is made and the portal is away. */
async function lookAgain(
  portal: ApolloPortal,
  { ref, namespace }: Edition,
  made: readonly ItemChange[],
  signal: AbortSignal,
): Promise<{ readonly latest: Release | null; readonly found: Configuration }> {
  try {
    const latest = await portal.latest(namespace, signal)
    const items = (await portal.items(namespace, signal)) ?? new Map<string, Item>()
    return { latest, found: configurationOfItems(items) }
  } catch (error) {
    signal.throwIfAborted()
    if (made.length === 0) throw error
    const keys = made.map(({ key }) => key)
    throw leftUnreleased(whereOf(portal, ref), keys, error)
  }
}

/** Every reason not to begin. Nothing is changed yet. */
async function refuseWork(
  portal: ApolloPortal,
  { ref, namespace, items, target }: Edition,
  base: Configuration,
  signal: AbortSignal,
): Promise<void> {
  const where = whereOf(portal, ref)
  const isReset = isSameConfiguration(base, target)
  const foreign = differingKeys(configurationOfItems(items), base).filter((key) => {
    const item = items.get(key)
    // What somebody edited to exactly what is wanted, and what a run that died has left.
    return item?.value !== target.get(key) && item?.by !== portal.operator
  })
  if (foreign.length > 0) throw unreleasedEdits(where, foreign, items)
  const holder = await portal.lockedBy(namespace, signal)
  if (holder !== undefined && !(isReset && holder === portal.operator)) {
    throw heldByUser(where, holder, portal.operator)
  }
  if (!isReset && (await portal.hasGrayBranch(namespace, signal))) throw grayBranch(where)
}

async function release(
  portal: ApolloPortal,
  edition: Edition,
  made: readonly ItemChange[],
  signal: AbortSignal,
): Promise<Release> {
  const { ref, namespace, released, target } = edition
  const where = whereOf(portal, ref)
  const base = released?.configuration ?? nothing
  const { outcome, release: answered } = await portal.publish(namespace, signal)
  if (outcome.kind === 'refused' || outcome.kind === 'never-sent') {
    // With namespace.lock.switch on, our own edit has locked the namespace, and only another user may release it.
    const holder = await portal.lockedBy(namespace, signal).catch(() => undefined)
    const left = await takeBack(portal, namespace, made, base, signal)
    const isLock = holder === portal.operator && left.length === 0
    throw isLock ? heldByUser(where, holder, portal.operator) : notDone(where, outcome, left)
  }
  if (answered && !isSameConfiguration(answered.configuration, target)) {
    throw releasedWithOthers(where, differingKeys(answered.configuration, target))
  }
  const latest = await settleRelease(portal, edition, { outcome, release: answered }, signal)
  if (await portal.listsReleases(signal)) await requireUnbroken(portal, edition, latest, signal)
  return latest
}

/** The release as the portal shows it now. */
async function settleRelease(
  portal: ApolloPortal,
  { ref, namespace, released, target }: Edition,
  { outcome }: ReleaseOutcome,
  signal: AbortSignal,
): Promise<Release> {
  const seen = (each: Release | null) => each && { ...changed(each), release: each }
  const read = async (_: DocumentRef, each: AbortSignal) => seen(await portal.latest(namespace, each))
  const isOurs = (row: { readonly release: Release } | null): boolean =>
    row !== null && row.release.id !== released?.id && isSameConfiguration(row.release.configuration, target)
  const settled = await settleByReading(
    portal,
    read,
    ref,
    { before: seen(released), isOurs },
    outcome,
    signal,
  )
  if (settled.state === 'ours' && settled.row) return settled.row.release
  if (settled.state === 'foreign') throw conflict(portal, ref, settled.row)
  const reason = 'reason' in outcome ? outcome.reason : 'the portal said it was done'
  throw releaseUnknown(
    whereOf(portal, ref),
    [...differingKeys(target, released?.configuration ?? nothing)],
    reason,
  )
}

/** @throws CutoverError `conflict` when another release lies between ours and the one we looked at. */
async function requireUnbroken(
  portal: ApolloPortal,
  { ref, namespace, released }: Edition,
  ours: Release,
  signal: AbortSignal,
): Promise<void> {
  const list = await portal.releases(namespace, { page: 0, size: 20 }, signal)
  const before = list[list.findIndex(({ id }) => id === ours.id) + 1]
  if (before === undefined || before.id === released?.id) return
  if (isSameConfiguration(before.configuration, ours.configuration)) return
  throw overwroteRelease(whereOf(portal, ref), before.id, before.by)
}

function changed(release: Release) {
  const { id, at, by } = release
  return { content: '', etag: String(id), meta: {}, modifiedAt: at, modifiedBy: by }
}

function whereOf(portal: ApolloPortal, ref: DocumentRef): string {
  return `${ref.dataId} in ${portal.name}`
}
