import { createHash, timingSafeEqual } from 'node:crypto'
import type { Rehearsal } from './before-handler-options.ts'
import type { RequestView } from './request-view.ts'
import type { AnswerCode } from './upgrade-answer.ts'

const shortestToken = 16

/**
 * Which answer a request asks to be shown; undefined: none, or its token is wrong.
 * @throws TypeError for a token that could be guessed.
 */
export function rehearsedBy(rehearsal: Rehearsal): (request: RequestView) => AnswerCode | undefined {
  const header = (rehearsal.header ?? 'cutover-rehearsal').toLowerCase()
  const token = typeof rehearsal.token === 'string' ? rehearsal.token : rehearsal.token.reveal()
  if (token.length < shortestToken || /[^!-~]/.test(token)) {
    throw new TypeError(
      `The rehearsal's token needs at least ${shortestToken} letters, digits or signs, no space.`,
    )
  }
  const wanted = digest(token)
  return (request) => {
    const [given, which, ...more] = request.header(header)?.trim().split(/ +/) ?? []
    if (given === undefined || more.length > 0 || !timingSafeEqual(digest(given), wanted)) return undefined
    if (which === undefined) return 'system-upgrading'
    return which === 'unknown' ? 'write-outcome-unknown' : undefined
  }
}

/** Of equal length whatever was sent, so that the comparison takes equally long. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
