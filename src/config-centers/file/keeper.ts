import type { DocumentRef, DocumentVersion, StoredDocument } from '../../core/ports/config-center.ts'
import type { FileChange } from './swap-file.ts'

/** A change of a document, as the one who keeps the history is told of it. */
export interface RecordedChange extends FileChange {
  readonly ref: DocumentRef
  readonly title: string
}

/** A change that is about to happen. */
export interface PreparedRecord {
  /**
   * Called when the document has its new content.
   * @throws CutoverError when it must not stay; the caller takes it back, then calls `drop`.
   */
  enter(): Promise<void>
  /** The document is as it was. */
  drop(): Promise<void>
}

/** Where earlier versions are kept: a private folder, or git. */
export interface Keeper {
  /** `Linux 6.1.0`, `git 2.39.5`: what the documents are kept with, and its version. */
  product(): Promise<string>
  /** @throws CutoverError when nothing can be kept there. */
  requireUsable(): Promise<void>
  /** Finishes what a process that died left half recorded. Only for who holds the lock. */
  recover(): Promise<void>
  /** Refuses a change that could not be recorded, before anything happens. Only for who holds the lock. */
  prepare(change: RecordedChange): Promise<PreparedRecord>
  /** Newest first. `now`: the document as it is, which may have been changed by others. */
  history(ref: DocumentRef, now: ReadNow): Promise<readonly DocumentVersion[]>
  /** Null: there is no such entry. */
  version(ref: DocumentRef, id: string, now: ReadNow): Promise<StoredDocument | null>
}

export interface ReadNow {
  readonly title: string
  readonly place: FileChange['place']
  readonly document: FileChange['before']
}
