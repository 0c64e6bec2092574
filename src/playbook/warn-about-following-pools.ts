import type { ServiceSpec } from '../core/system-specs.ts'
import type { CheckedItem } from './check-item.ts'
import { idOf } from './check-order.ts'
import type { Finding } from './finding.ts'
import type { Judged } from './judged.ts'

/**
 * A datasource that is published while its service may still write.
 *
 * A pool that follows its document changes servers within a moment of the publish, in the middle of requests: one may be
 * answered with an error although its row was committed on the old server. Behind a fence nothing can be committed there
 * any more, so the same change costs a few reads at most. As with fences a playbook may refuse writes by other means, so
 * this is a warning.
 */
export function warnAboutFollowingPools({ items, playbook }: Judged): readonly Finding[] {
  return items.flatMap((item, index) => {
    const service = publishedBy(item)
    const spec = service === undefined ? undefined : playbook.services[service]
    if (service === undefined || !spec || isRefused(items.slice(0, index))) return []
    const words = wordsFor(service, spec)
    if (!words) return []
    const [message, hint] = words
    return [{ range: item.word.range, message: `\`${idOf(item)}\` ${message}`, hint }]
  })
}

function publishedBy(item: CheckedItem): string | undefined {
  return item.type === 'step' ? item.kind.publishes?.(item.with as never) : undefined
}

/** Writes are refused, and something has proved it. */
function isRefused(before: readonly CheckedItem[]): boolean {
  const fence = before.findIndex((item) => item.type === 'step' && item.kind.writes === 'refused')
  return (
    fence !== -1 && before.slice(fence).some((item) => item.type === 'gate' && item.kind.proves === 'silence')
  )
}

/** The library's own pool changes servers when it is told to, and never because a document changed. */
function wordsFor(service: string, spec: ServiceSpec): readonly [message: string, hint: string] | undefined {
  if (spec.hot !== undefined || spec.poolOnPublish === 'stays') return undefined
  const what = `publishes a datasource of ${service} before it is proven that writes are refused`
  if (spec.poolOnPublish === 'follows') {
    return [
      `${what}, and its pool follows at once: a request under way may fail although its row was committed.`,
      'Put stop-writes and a gate writes-stopped before it, as stop-write-refreshing.yaml does.',
    ]
  }
  return [
    `${what}, and nothing says whether its pool follows by itself.`,
    `Say poolOnPublish: stays (a plain DataSource) or follows (Spring's @RefreshScope) at the service ${service}.`,
  ]
}
