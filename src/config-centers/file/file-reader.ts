import { resolve } from 'node:path'
import type { Clock } from '../../core/ports/clock.ts'
import type { DocumentRef, StoredDocument } from '../../core/ports/config-center.ts'
import type { DocumentReader } from '../shared/document-reader.ts'
import { openFileChanges } from './file-changes.ts'
import { readDocument } from './read-document.ts'

/** Where a service finds a folder of documents. It needs the right to read, nothing more. */
export interface FileAccess {
  readonly kind: 'file'
  /** Folder that holds a folder for each group and in it the documents. */
  readonly directory: string
}

/** Opens a reader of one document of a folder. Looks at nothing yet. */
export function openFileReader(access: FileAccess, ref: DocumentRef, clock: Clock): DocumentReader {
  const directory = resolve(access.directory)
  const read = (signal: AbortSignal): Promise<StoredDocument | null> =>
    readDocument('the config center', directory, ref, signal)
  const etagNow = async (signal: AbortSignal): Promise<string> => (await read(signal))?.etag ?? ''
  return {
    changes: openFileChanges(directory, ref, etagNow, clock),
    read,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
