import type { CenterReadAccess } from '../config-centers/open-document-reader.ts'
import type { WatchedDocument } from '../config-centers/watch-document.ts'
import { watchDocument } from '../config-centers/watch-document.ts'
import type { FollowOptions, NoticeWatcher } from './notice-watcher.ts'
import { followNotices } from './notice-watcher.ts'

/** Where the notice is, and for whom it is read. */
export type WatchNoticeOptions = CenterReadAccess &
  FollowOptions & {
    /** Default `DEFAULT_GROUP`. */
    readonly group?: string
    /** Default `cutover-notice.json`. */
    readonly dataId?: string
  }

/**
 * Follows the notice in a config center with read rights only. An outage of the center changes nothing: the last
 * notice stays valid until its own expiry. Dispose of it when the service stops.
 */
export function watchNotice(options: WatchNoticeOptions): NoticeWatcher {
  const source: WatchedDocument = { ...options, dataId: options.dataId ?? 'cutover-notice.json' }
  return followNotices((signal) => contents(source, options, signal), options)
}

async function* contents(
  source: WatchedDocument,
  { clock }: FollowOptions,
  signal: AbortSignal,
): AsyncGenerator<string | null, void, undefined> {
  for await (const sighting of watchDocument(source, signal, clock)) {
    if (sighting.state === 'current') yield sighting.content
  }
}
