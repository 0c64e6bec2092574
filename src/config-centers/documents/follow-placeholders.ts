import { CutoverError } from '../../core/errors.ts'
import type { Replacement } from './database-address.ts'
import { replaced } from './database-address.ts'
import type { Target } from './edit-document.ts'
import { obstacleOf } from './guard-values.ts'
import { placeOf, refuseAt } from './scanned-document.ts'
import type { Leaf } from './scanned-document.ts'

/** A value as a service sees it, once the placeholders that name keys of the same document are followed. */
export interface Followed {
  readonly leaf: Leaf
  readonly text: string
  /** Where in the text something from another key stands. */
  readonly borrowed: readonly Borrowed[]
}

interface Borrowed {
  readonly name: string
  readonly from: Leaf
  /** Offsets into the value as it is written. */
  readonly written: readonly [start: number, end: number]
  /** Offsets into the text. */
  readonly seen: readonly [start: number, end: number]
}

const placeholder = /\$\{([^{}$:]+)(?::[^{}$]*)?\}/g

/**
 * @param keepFrom offset into the value from which on placeholders whose value is not in the document stay as they are
 * @throws CutoverError `system.refused` naming a placeholder whose value is not in the document.
 */
export function follow(
  leaves: readonly Leaf[],
  content: string,
  leaf: Leaf,
  keepFrom = leaf.value.length,
): Followed {
  requireSimple(content, leaf, keepFrom)
  const borrowed: Borrowed[] = []
  let text = ''
  let position = 0
  for (const match of leaf.value.matchAll(placeholder)) {
    const [all, name = ''] = match
    if (match.index >= keepFrom && !leaves.some(({ path }) => path === name)) continue
    const from = lender(leaves, content, leaf, name)
    text += leaf.value.slice(position, match.index)
    position = match.index + all.length
    const seen = [text.length, text.length + from.value.length] as const
    borrowed.push({ name, from, written: [match.index, position], seen })
    text += from.value
  }
  return { leaf, text: text + leaf.value.slice(position), borrowed }
}

function requireSimple(content: string, { path, value, start }: Leaf, keepFrom: number): void {
  if (!value.replace(placeholder, '').includes('${') && !/\$\{[^}]*\$\{/.test(value)) return
  if (value.indexOf('${') >= keepFrom) return
  const hint = 'Write the value out in this document.'
  throw refuseAt(content, start, `${path} holds a placeholder that is broken or stands in another one`, hint)
}

function lender(
  leaves: readonly Leaf[],
  content: string,
  { path, document, start }: Leaf,
  name: string,
): Leaf {
  // One that another document of the text sets too may come from there.
  const [found, second] = leaves.filter((leaf) => leaf.path === name && leaf.overridden !== true)
  const hint =
    `Look for ${name} in the environment and options of the service and in its other documents: ` +
    'change it there by hand, or write the value out in this document.'
  if (!found || second || found.document !== document || found.obstacle !== undefined) {
    throw refuseAt(
      content,
      start,
      `${path} holds the placeholder \${${name}}, its value comes from elsewhere`,
      hint,
    )
  }
  if (obstacleOf(found.value) === undefined) return found
  throw refuseAt(content, found.start, `${name}, which a placeholder names, is one itself or encrypted`, hint)
}

/**
 * Which values of the document become what, so that the text changes as wanted. A key that lends its value changes
 * itself, and only where nothing but the given values uses it.
 * @throws CutoverError `system.refused`
 */
export function changesFor(
  leaves: readonly Leaf[],
  content: string,
  { leaf, borrowed }: Followed,
  replacements: readonly Replacement[],
  users: readonly Leaf[],
): readonly Target[] {
  const own: Replacement[] = []
  const lent = new Map<Leaf, Replacement[]>()
  for (const { start, end, text: next } of replacements) {
    const inside = borrowed.find(({ seen }) => isInside(seen, start, end))
    if (inside) {
      requireUnshared(leaves, content, inside, users)
      const shift = inside.seen[0]
      const changes = lent.get(inside.from) ?? []
      lent.set(inside.from, [...changes, { start: start - shift, end: end - shift, text: next }])
    } else if (borrowed.some(({ seen }) => start < seen[1] && end > seen[0])) {
      const message = `what is to change in ${leaf.path} stands in it and in a placeholder`
      throw refuseAt(content, leaf.start, message, 'Write the value out in this document.')
    } else own.push({ start: writtenAt(borrowed, start), end: writtenAt(borrowed, end), text: next })
  }
  const targets = [...lent].map(([from, changes]) => ({ leaf: from, value: replaced(from.value, changes) }))
  return own.length === 0 ? targets : [...targets, { leaf, value: replaced(leaf.value, own) }]
}

function isInside([from, to]: readonly [number, number], start: number, end: number): boolean {
  return start >= from && end <= to && (start < end || from === to || (start > from && start < to))
}

function writtenAt(borrowed: readonly Borrowed[], offset: number): number {
  const last = borrowed.findLast(({ seen }) => seen[1] <= offset)
  return last ? last.written[1] + (offset - last.seen[1]) : offset
}

function requireUnshared(
  leaves: readonly Leaf[],
  content: string,
  { name, from }: Borrowed,
  users: readonly Leaf[],
): void {
  const other = leaves.find(
    (leaf) =>
      !users.includes(leaf) && (leaf.value.includes(`\${${name}}`) || leaf.value.includes(`\${${name}:`)),
  )
  if (!other) return
  throw new CutoverError(
    'system.refused',
    `${name} would have to change, and ${other.path} uses it too (${placeOf(content, other.start)})`,
    {
      where: placeOf(content, from.start),
      hint: 'Give the datasource a key of its own, or write the value out where the placeholder stands.',
    },
  )
}
