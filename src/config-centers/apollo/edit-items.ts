import type { DocumentRef } from '../../core/ports/config-center.ts'
import { settleByReading } from '../shared/write-outcomes.ts'
import type { ChangedDocument, WriteOutcome } from '../shared/write-outcomes.ts'
import type { ApolloPortal } from './apollo-portal.ts'
import type { Configuration } from './configuration.ts'
import type { ApolloNamespace } from './namespace-of.ts'
import type { Item, Items } from './portal-answers.ts'

/** One item and what it is to become. */
export interface ItemChange {
  readonly key: string
  readonly before: Item | undefined
  /** undefined: it goes. */
  readonly after: string | undefined
}

/** What became of several changes, made one after the other. */
export interface Edited {
  /** Those that are made. */
  readonly made: readonly ItemChange[]
  /** Why the next one was not; undefined: all are made. */
  readonly failure?: { readonly outcome: WriteOutcome; readonly foreign: boolean; readonly key: string }
}

export function changesTo(items: Items, target: Configuration): readonly ItemChange[] {
  const keys = [...new Set([...target.keys(), ...items.keys()])]
  return keys
    .map((key) => ({ key, before: items.get(key), after: target.get(key) }))
    .filter(({ before, after }) => before?.value !== after)
}

/**
 * Makes the changes. What an answer leaves open is settled by reading; at the first that is not made it stops.
 * @throws CutoverError `system.ambiguous` when an item that may be changed cannot be looked at.
 */
export async function editItems(
  portal: ApolloPortal,
  namespace: ApolloNamespace,
  ref: DocumentRef,
  changes: readonly ItemChange[],
  signal: AbortSignal,
): Promise<Edited> {
  const made: ItemChange[] = []
  for (const change of changes) {
    const outcome = await send(portal, namespace, change, signal)
    if (outcome.kind !== 'done') {
      const state = await settleItem(portal, namespace, ref, change, outcome, signal)
      if (state === 'theirs') continue
      if (state !== 'ours') {
        return { made, failure: { outcome, foreign: state === 'foreign', key: change.key } }
      }
    }
    made.push(change)
  }
  return { made }
}

/** `theirs`: the item is what we wanted, and somebody else made it so. */
async function settleItem(
  portal: ApolloPortal,
  namespace: ApolloNamespace,
  ref: DocumentRef,
  { key, before, after }: ItemChange,
  outcome: WriteOutcome,
  signal: AbortSignal,
): Promise<'ours' | 'theirs' | 'unchanged' | 'foreign'> {
  if (outcome.kind === 'never-sent') return 'unchanged'
  const read = async (_: DocumentRef, each: AbortSignal): Promise<ItemRow | null> =>
    rowOf((await portal.items(namespace, each))?.get(key))
  if (outcome.kind === 'refused') {
    // An item that is there already, or not there any more, is refused like a text that is too long.
    const now = await read(ref, signal)
    if (now?.content === after) return 'theirs'
    return now?.content === before?.value ? 'unchanged' : 'foreign'
  }
  const wanted = { before: rowOf(before), isOurs: (row: ItemRow | null) => row?.content === after }
  return (await settleByReading(portal, read, ref, wanted, outcome, signal)).state
}

/**
 * Takes changes back where they are still ours, last one first: afterwards those items are as in `base`.
 * @returns keys of changes that could not be taken back.
 * @throws the signal's reason, nothing else.
 */
export async function takeBack(
  portal: ApolloPortal,
  namespace: ApolloNamespace,
  made: readonly ItemChange[],
  base: Configuration,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (made.length === 0) return []
  const left: string[] = []
  try {
    const items = (await portal.items(namespace, signal)) ?? new Map<string, Item>()
    for (const change of made.toReversed()) {
      const now = items.get(change.key)
      if (now?.value !== change.after) continue
      const back = { key: change.key, before: now ?? change.before, after: base.get(change.key) }
      const outcome = await send(portal, namespace, back, signal, now !== undefined)
      if (outcome.kind !== 'done') left.push(change.key)
    }
    return left
  } catch {
    signal.throwIfAborted()
    return made.map(({ key }) => key)
  }
}

function send(
  portal: ApolloPortal,
  namespace: ApolloNamespace,
  { key, before, after }: ItemChange,
  signal: AbortSignal,
  exists = before !== undefined,
): Promise<WriteOutcome> {
  if (after === undefined) return portal.removeItem(namespace, key, signal)
  const item = { value: after, comment: before?.comment ?? '', type: before?.type ?? 0 }
  if (exists) return portal.updateItem(namespace, key, item, signal)
  return portal.createItem(namespace, key, item, signal)
}

type ItemRow = ChangedDocument

function rowOf(item: Item | undefined): ItemRow | null {
  if (!item) return null
  return { content: item.value, etag: item.value, meta: {}, modifiedAt: '', modifiedBy: item.by }
}
