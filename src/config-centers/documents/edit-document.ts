import { CutoverError } from '../../core/errors.ts'
import type { Edit, EditedDocument } from '../../core/ports/document-editor.ts'
import { findLeaf } from './find-leaf.ts'
import { obstacleOf, requireWritable } from './guard-values.ts'
import { refuseAt } from './scanned-document.ts'
import type { Leaf, Scan } from './scanned-document.ts'

/** A value that is to be another one. */
export interface Target {
  readonly leaf: Leaf
  readonly value: string
}

/** A document's text and what a scan of it gave. */
export interface Scanned {
  readonly content: string
  readonly leaves: readonly Leaf[]
}

/** Replaces values after looking whether they may be. @throws CutoverError `system.refused`. */
export function editDocument(scan: Scan, content: string, edits: readonly Edit[]): EditedDocument {
  const leaves = scan(content)
  const targets = edits.map((edit) => ({ leaf: requireTarget(leaves, content, edit), value: edit.value }))
  return {
    content: replaceLeaves(scan, { content, leaves }, targets),
    before: targets.map(({ leaf }) => leaf.value),
  }
}

/** Splices the new values over the old ones' bytes and proves, by reading the result, that nothing else changed. */
export function replaceLeaves(scan: Scan, before: Scanned, targets: readonly Target[]): string {
  const byStart = targets.toSorted((a, b) => a.leaf.start - b.leaf.start)
  byStart.forEach(({ leaf }, index) => {
    if (index > 0 && byStart[index - 1]?.leaf === leaf) {
      throw new CutoverError('system.refused', `${leaf.path} is to be changed twice in one edit`)
    }
  })
  const edited = splice(before.content, byStart)
  requireOnlyWanted(scan, before, edited, targets)
  return edited
}

function requireTarget(leaves: readonly Leaf[], content: string, { path, value, document }: Edit): Leaf {
  requireWritable(path, value)
  const leaf = findLeaf(leaves, content, path, document)
  if (!leaf) throw missing(leaves, content, path)
  const obstacle = leaf.obstacle ?? obstacleOf(leaf.value)
  if (obstacle !== undefined) {
    throw refuseAt(
      content,
      leaf.start,
      `${path} ${obstacle}`,
      'Change this value by hand, or name another path.',
    )
  }
  return leaf
}

/** Why there is nothing at a path that could be read or replaced. */
export function missing(leaves: readonly Leaf[], content: string, path: string): CutoverError {
  const inside = leaves.find((leaf) => leaf.path.startsWith(`${path}.`) || leaf.path.startsWith(`${path}[`))
  if (inside) return refuseAt(content, inside.start, `${path} is not a single value`)
  const source = leaves.find((leaf) => {
    const reach = leaf.path.endsWith('<<') ? leaf.path.slice(0, -2) : `${leaf.path}.`
    return leaf.obstacle !== undefined && path.startsWith(reach)
  })
  if (source) {
    return refuseAt(content, source.start, `${path} is not written out, it comes in by reference`)
  }
  return new CutoverError('system.refused', `the document has no ${path}`, {
    hint: 'Check the path of the field in the playbook; relaxed spellings of a key are not tried.',
  })
}

function splice(content: string, byStart: readonly Target[]): string {
  let result = ''
  let position = 0
  for (const { leaf, value } of byStart) {
    const text = leaf.value === value ? content.slice(leaf.start, leaf.end) : leaf.textFor(value)
    result += content.slice(position, leaf.start) + text
    position = leaf.end
  }
  return result + content.slice(position)
}

function requireOnlyWanted(scan: Scan, before: Scanned, edited: string, targets: readonly Target[]): void {
  const wanted = new Map(targets.map(({ leaf, value }) => [leaf, value]))
  const after = scan(edited)
  const same = before.leaves.every((leaf, index) => {
    const now = after[index]
    if (!now || now.path !== leaf.path || now.document !== leaf.document) return false
    const value = wanted.get(leaf)
    if (value !== undefined) return now.value === value
    const text = before.content.slice(leaf.start, leaf.end)
    return now.value === leaf.value && edited.slice(now.start, now.end) === text
  })
  if (same && after.length === before.leaves.length) return
  throw new CutoverError(
    'system.refused',
    'the edit would change more than the wanted values; nothing was changed',
    {
      hint: 'Change the document by hand, and report its shape as a defect.',
    },
  )
}
