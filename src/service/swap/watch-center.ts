import type { CenterReadAccess } from '../../config-centers/open-document-reader.ts'
import type { DocumentSighting } from '../../config-centers/watch-document.ts'
import { watchDocument } from '../../config-centers/watch-document.ts'
import { CutoverError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { DatasourceDocument } from './datasource.ts'
import type { SwapCenter } from './swap-center.ts'

/** How a service reaches its config center, and where in it notices stand. */
export type CenterAccess = CenterReadAccess & {
  readonly notice?: {
    /** Default `cutover-notice.json`. */
    readonly dataId?: string
    /** Default `DEFAULT_GROUP`. */
    readonly group?: string
  }
}

/** Follows the documents of a service in its config center, with read rights only. */
export function watchCenter(
  { notice, ...access }: CenterAccess,
  datasource: DatasourceDocument,
  clock: Clock,
): SwapCenter {
  const noticeRef = { group: notice?.group, dataId: notice?.dataId ?? 'cutover-notice.json' }
  const watch = (ref: { group?: string | undefined; dataId: string }, signal: AbortSignal) =>
    watchDocument({ ...access, dataId: ref.dataId, group: ref.group ?? 'DEFAULT_GROUP' }, signal, clock)
  return {
    notices: (signal) => contentsOf(watch(noticeRef, signal)),
    readNotice: (signal) => firstOf(watch(noticeRef, signal), signal, ({ content }) => ({ value: content })),
    datasources: (signal) => contentsOf(watch(datasource, signal)),
    readStaged: (staged, signal) =>
      firstOf(watch(staged, signal), signal, ({ content, etag }) =>
        content !== null && etag === staged.etag ? { value: content } : undefined,
      ),
  }
}

type Current = Extract<DocumentSighting, { readonly state: 'current' }>

async function* contentsOf(
  sightings: AsyncIterable<DocumentSighting>,
): AsyncGenerator<string | null, void, undefined> {
  for await (const sighting of sightings) if (sighting.state === 'current') yield sighting.content
}

async function firstOf<T>(
  sightings: AsyncIterable<DocumentSighting>,
  signal: AbortSignal,
  pick: (sighting: Current) => { readonly value: T } | undefined,
): Promise<T> {
  for await (const sighting of sightings) {
    const found = sighting.state === 'current' ? pick(sighting) : undefined
    if (found !== undefined) return found.value
  }
  signal.throwIfAborted()
  throw new CutoverError('internal', 'the watch of a document ended by itself')
}
