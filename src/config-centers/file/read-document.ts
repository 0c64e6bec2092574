import { orAborted } from '../../core/deadline.ts'
import type { DocumentRef, StoredDocument } from '../../core/ports/config-center.ts'
import { findPlace } from './document-place.ts'
import { readDocumentFile } from './read-document-file.ts'

/** Reads a document of a folder; null: there is none. A disk that does not answer is waited for until the signal fires. */
export async function readDocument(
  center: string,
  directory: string,
  ref: DocumentRef,
  signal: AbortSignal,
): Promise<StoredDocument | null> {
  signal.throwIfAborted()
  const reading = async (): Promise<StoredDocument | null> => {
    const place = await findPlace(center, directory, ref)
    const file = await readDocumentFile(place, `${ref.dataId} in ${center}`)
    return file && { content: file.content, etag: file.etag, meta: file.meta }
  }
  return orAborted(reading(), signal)
}
