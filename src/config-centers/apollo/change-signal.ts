import type { ChangeSignal } from '../shared/change-signal.ts'
import type { ConfigService } from './config-service.ts'
import type { ApolloNamespace } from './namespace-of.ts'

/** A change signal that also knows how new an answer must be. */
export interface ApolloChangeSignal extends ChangeSignal {
  /** For servers with a cache; '' while nothing is known. */
  messages(): string
}

const nobodyKnows = -1
const lookAgainEveryMs = 500
/** So often the document is read again after news that does not show in it yet: servers see a release one by one. */
const looksAfterNews = 20
const looksAtFirst = 4
/** A server that answers "no news" sooner than this did not wait for any. */
const shortestHangMs = 1000

/** The notifications long poll of the config service. */
export function openChangeSignal(service: ConfigService, namespace: ApolloNamespace): ApolloChangeSignal {
  const { clock } = service.connection
  let id = nobodyKnows
  let messages = ''
  let staleEtag: string | undefined
  let looks = 0
  return {
    messages: () => messages,
    async wait(etag, signal) {
      if (looks > 0 && etag === staleEtag) {
        looks -= 1
        await clock.sleep(lookAgainEveryMs, signal)
        return false
      }
      looks = 0
      const began = clock.monotonicMs()
      const news = await service.awaitNews(namespace, id, signal)
      if (!news) {
        if (clock.monotonicMs() - began < shortestHangMs) await clock.sleep(lookAgainEveryMs, signal)
        return false
      }
      // The first answer only says where the counting is; nothing has changed.
      const isFirst = id === nobodyKnows
      staleEtag = etag
      looks = isFirst ? looksAtFirst : looksAfterNews
      ;({ id, messages } = news)
      return !isFirst
    },
  }
}
