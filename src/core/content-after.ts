import { CutoverError } from './errors.ts'
import type { ConfigCenter, DocumentRef, DocumentVersion } from './ports/config-center.ts'

const attempts = 3

/**
 * What the document was once that change of its history had been made. Centers that keep the text before a change
 * tell it by the next newer entry, and for the newest one by the document itself.
 * @returns null when the change removed it, undefined when the center has no such entry or does not keep enough.
 * @throws CutoverError `conflict` when the document goes on changing while it is looked at.
 */
export async function contentAfter(
  center: ConfigCenter,
  ref: DocumentRef,
  id: string,
  signal: AbortSignal,
): Promise<string | null | undefined> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const versions = await center.history(ref, signal)
    const content = await lookUp(center, ref, versions, id, signal)
    if (versions[0]?.id !== id || versions[0]?.keeps === 'after') return content
    // The document itself was read, which somebody may have changed since the list was.
    const [newest] = await center.history(ref, signal)
    if (newest?.id === id) return content
  }
  throw new CutoverError('conflict', `${ref.dataId} in ${center.name} changes while its history is read`, {
    where: `${ref.dataId} in ${center.name}`,
    hint: 'Find out who publishes it again and again, then try again.',
  })
}

async function lookUp(
  center: ConfigCenter,
  ref: DocumentRef,
  versions: readonly DocumentVersion[],
  id: string,
  signal: AbortSignal,
): Promise<string | null | undefined> {
  const index = versions.findIndex((version) => version.id === id)
  const version = versions[index]
  if (version === undefined || version.operation === 'unknown') return undefined
  if (version.operation === 'delete') return null
  if (version.keeps === 'after') return (await center.version(ref, id, signal))?.content
  if (index === 0) return (await center.get(ref, signal))?.content
  const newer = versions[index - 1]
  // A creation after an update: the removal between them is not in the history any more.
  if (newer === undefined || newer.keeps === 'after' || newer.operation === 'unknown') return undefined
  return (await center.version(ref, newer.id, signal))?.content
}
