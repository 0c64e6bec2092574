import { isCutoverError } from '../../core/errors.ts'
import type { DocumentRef } from '../../core/ports/config-center.ts'
import type { NacosApi } from './nacos-api.ts'

const newest = 10

/**
 * Whether a text that is not the document's any more may have been its text a moment ago. The history is written
 * together with the document, so a text that it does not hold was not stored: 2.3 says that it was done to all who
 * create a document at once, and stores the text of one.
 */
export async function mayHaveBeenStored(
  api: NacosApi,
  ref: DocumentRef,
  content: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const versions = await api.history(ref, signal)
    for (const { id } of versions.slice(0, newest)) {
      const row = await api.version(ref, id, signal)
      if (row === null || row.content === content) return true
    }
    return versions.length > newest
  } catch (error) {
    signal.throwIfAborted()
    if (!isCutoverError(error)) throw error
    return true // what cannot be looked at is not known
  }
}
