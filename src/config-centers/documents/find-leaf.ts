import { CutoverError } from '../../core/errors.ts'
import type { DocumentChoice } from '../../core/ports/document-editor.ts'
import { placeOf, refuseAt } from './scanned-document.ts'
import type { Leaf } from './scanned-document.ts'

const condition = /^spring\.(config\.activate\.|profiles(\[|$))/
const profile = /^spring\.(config\.activate\.on-?profile|profiles)(\[\d+\])?$/i

/**
 * The one leaf at a path that a reader would see; undefined when there is none.
 * @throws CutoverError `system.refused` when the path stands for several, or a later document sets it again.
 */
export function findLeaf(
  leaves: readonly Leaf[],
  content: string,
  path: string,
  choice?: DocumentChoice,
): Leaf | undefined {
  const there = leaves.filter((leaf) => leaf.path === path && leaf.overridden !== true)
  const chosen = choice === undefined ? undefined : chooseDocument(leaves, content, choice)
  const [found, second] = there.filter(({ document }) => chosen === undefined || document === chosen)
  if (found && second) throw refuseSeveral(content, path, found, second)
  if (found) requireEffective(leaves, content, there, found)
  return found
}

function chooseDocument(leaves: readonly Leaf[], content: string, choice: DocumentChoice): number {
  if (typeof choice === 'number') return choice - 1
  const [found, second] = new Set(
    leaves.filter((leaf) => isProfile(leaf, choice)).map((leaf) => leaf.document),
  )
  if (found === undefined) {
    throw new CutoverError(
      'system.refused',
      `no document of the text is activated on the profile ${choice}`,
      {
        hint: 'Name a profile of spring.config.activate.on-profile, or the number of the document, in fields:.',
      },
    )
  }
  if (second === undefined) return found
  const again = leaves.find((leaf) => leaf.document === second && isProfile(leaf, choice))
  const message = `several documents of the text are activated on the profile ${choice}`
  throw refuseAt(content, again?.start ?? 0, message, 'Name the number of the document in fields:.')
}

function isProfile({ path, value }: Leaf, choice: string): boolean {
  if (!profile.test(path)) return false
  const names = value.split(',').map((name) => name.trim())
  return value.trim() === choice || names.includes(choice)
}

/** A later document that is always active wins over the earlier one, so a change there would change nothing. */
function requireEffective(
  leaves: readonly Leaf[],
  content: string,
  there: readonly Leaf[],
  found: Leaf,
): void {
  const conditional = new Set(leaves.filter(({ path }) => condition.test(path)).map((leaf) => leaf.document))
  const later = there.find(({ document }) => document > found.document && !conditional.has(document))
  if (!later) return
  const message = `${found.path} is set again by a later document, at ${placeOf(content, later.start)}`
  throw refuseAt(
    content,
    found.start,
    message,
    'Name the later document in fields:, or remove one of the two.',
  )
}

function refuseSeveral(content: string, path: string, found: Leaf, second: Leaf): CutoverError {
  const places = `${placeOf(content, found.start)} and ${placeOf(content, second.start)}`
  const message = `${path} stands in the document more than once, at ${places}`
  const hint =
    found.document === second.document
      ? 'Remove one of the two by hand.'
      : 'Say in fields: of the service which document is meant: document: and its number from 1, or its profile.'
  return refuseAt(content, second.start, message, hint)
}
