import { lstat, realpath, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { CutoverError } from '../../core/errors.ts'
import type { DocumentRef } from '../../core/ports/config-center.ts'
import { ifThere, tellingFailures } from './file-failure.ts'

/** Where a document is, or would be, after every link was followed. */
export interface DocumentPlace {
  /** The center's folder itself, without links. */
  readonly root: string
  /** Folder the file is in. It is missing when the first document of a group is made. */
  readonly folder: string
  readonly path: string
  /** The document's name, which a link may give to a file of another name. */
  readonly dataId: string
}

/** Begins with no dot, so it can be no hidden file, no `.git`, and nothing of the kit's own. */
const allowedName = /^[A-Za-z0-9_:-][A-Za-z0-9_.:-]{0,127}$/

/** @throws CutoverError `system.refused` for a group or data id that could be a path or a hidden file. */
export function requireNames(center: string, ref: DocumentRef): void {
  for (const name of [ref.group, ref.dataId]) {
    if (allowedName.test(name)) continue
    throw new CutoverError(
      'system.refused',
      `${JSON.stringify(name)} cannot be the name of a document or group`,
      {
        where: center,
        hint: 'Names have up to 128 letters of A-Z, a-z, 0-9, _ . : - and do not begin with a dot.',
      },
    )
  }
}

/** The center's folder without links. @throws CutoverError when it is missing or no folder. */
export function findRoot(center: string, directory: string): Promise<string> {
  return tellingFailures(`the folder ${directory} of ${center} cannot be used`, center, async () => {
    const root = await realpath(directory)
    if (!(await stat(root)).isDirectory()) throw wrongSort(center, directory)
    return root
  })
}

/**
 * Finds a document. Links are followed as long as they stay inside the center's folder, as those of a mounted
 * Kubernetes volume do.
 * @throws CutoverError `system.refused` for what leads elsewhere or is no plain file.
 */
export async function findPlace(center: string, directory: string, ref: DocumentRef): Promise<DocumentPlace> {
  requireNames(center, ref)
  const { dataId } = ref
  const root = await findRoot(center, directory)
  const named = join(root, ref.group, ref.dataId)
  return tellingFailures(`${ref.group}/${ref.dataId} in ${center} cannot be looked at`, center, async () => {
    const folder = await ifThere(realpath(dirname(named)))
    if (folder === undefined) return { root, folder: dirname(named), path: named, dataId }
    requireInside(center, root, folder, ref)
    if (!(await stat(folder)).isDirectory()) throw wrongSort(center, ref.group)
    const path = join(folder, ref.dataId)
    const found = await ifThere(lstat(path))
    if (found === undefined || found.isFile()) return { root, folder, path, dataId }
    if (!found.isSymbolicLink()) throw wrongSort(center, `${ref.group}/${ref.dataId}`)
    const target = await realpath(path)
    requireInside(center, root, target, ref)
    if (!(await stat(target)).isFile()) throw wrongSort(center, `${ref.group}/${ref.dataId}`)
    return { root, folder: dirname(target), path: target, dataId }
  })
}

/** @throws CutoverError `system.refused` where a link leads into folders that somebody else generates or keeps. */
export function requireOwnPlace(center: string, place: DocumentPlace, ref: DocumentRef): void {
  const parts = relative(place.root, place.path).split(sep)
  if (!parts.some((part) => part.startsWith('.'))) return
  throw new CutoverError(
    'system.refused',
    `${ref.group}/${ref.dataId} in ${center} is a link into a hidden folder, whose files are not the kit's to change`,
    { where: center, hint: 'Give the folder in which the documents are kept, not one that is made from it.' },
  )
}

function requireInside(center: string, root: string, path: string, ref: DocumentRef): void {
  const way = relative(root, path)
  if (way !== '' && way !== '..' && !way.startsWith(`..${sep}`)) return
  throw new CutoverError(
    'system.refused',
    `${ref.group}/${ref.dataId} in ${center} is a link that leads out of the folder`,
    { where: center, hint: 'Replace the link with the document itself.' },
  )
}

function wrongSort(center: string, what: string): CutoverError {
  return new CutoverError('system.refused', `${what} is not what should be there in ${center}`, {
    where: center,
    hint: 'The layout is folder, group, document: folders down to the group, then plain files.',
  })
}
