import type { Exchange } from './send-request.ts'
import type { WriteOutcome } from './types.ts'

/** What a user may conclude from the answer to a write. */
export function judgeWrite(exchange: Exchange): WriteOutcome {
  if (exchange.kind === 'not-connected') return 'refused-other'
  if (exchange.kind === 'lost') return 'unknown'
  if (exchange.status >= 200 && exchange.status < 300) return 'acknowledged'
  if (isFriendly(exchange)) return 'refused-friendly'
  // A balancer that lost its backend does not know either.
  if (exchange.status === 502 || exchange.status === 504) return 'unknown'
  return codeOf(exchange.body) === 'write-outcome-unknown' ? 'unknown' : 'refused-other'
}

/** The upgrading answer of the service library: 503, when to come back, and its code or sentence. */
export function isFriendly(exchange: Exchange): boolean {
  if (exchange.kind !== 'answered' || exchange.status !== 503 || exchange.retryAfter === undefined)
    return false
  return codeOf(exchange.body) === 'system-upgrading' || /系统升级中|system upgrading/i.test(exchange.body)
}

function codeOf(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' && parsed !== null && 'code' in parsed ? String(parsed.code) : undefined
  } catch {
    return undefined // not JSON: it has no code
  }
}
