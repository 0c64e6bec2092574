import type { Clock } from '../core/ports/clock.ts'
import { systemClock } from '../core/system-clock.ts'
import { openDocumentReader } from './open-document-reader.ts'
import type { CenterReadAccess } from './open-document-reader.ts'
import { followDocument } from './shared/follow-document.ts'

/** Where a service finds a document. Needs the right to read it, nothing more. */
export type WatchedDocument = CenterReadAccess & {
  /** Default `DEFAULT_GROUP`. */
  readonly group?: string
  readonly dataId: string
}

/** What is known of the document now. */
export type DocumentSighting =
  /** Read just now. `content` null: the center says that there is no such document. */
  | { readonly state: 'current'; readonly content: string | null; readonly etag: string }
  /** The center does not answer. `last` is what was read before; undefined: nothing was ever read. */
  | {
      readonly state: 'stale'
      readonly last: { readonly content: string | null; readonly etag: string } | undefined
      /** Why, without content or credentials. */
      readonly reason: string
    }

/**
 * Follows one document of a config center the way ordinary clients read it, for services.
 * Yields at once, then on every change of the document and whenever the center is lost or found again. Never throws
 * for an outage or a refused login, never makes up a value, ends when the signal fires.
 */
export async function* watchDocument(
  source: WatchedDocument,
  signal: AbortSignal,
  clock: Clock = systemClock,
): AsyncGenerator<DocumentSighting, void, undefined> {
  const ref = { group: source.group ?? 'DEFAULT_GROUP', dataId: source.dataId }
  const reader = await openDocumentReader(source, ref, clock)
  let last: { readonly content: string | null; readonly etag: string } | undefined
  let stale = false
  try {
    for await (const sight of followDocument(clock, reader.changes, (each) => reader.read(each), signal)) {
      if (sight.kind === 'trouble') {
        if (!stale) yield { state: 'stale', last, reason: sight.error.message }
        stale = true
        continue
      }
      last = { content: sight.document?.content ?? null, etag: sight.document?.etag ?? '' }
      if (sight.changed || stale) yield { state: 'current', ...last }
      stale = false
    }
  } finally {
    await reader[Symbol.asyncDispose]()
  }
}
